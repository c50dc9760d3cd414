# Rscript shiny.R PORT
library(shiny)
options(shiny.maxRequestSize = 30 * 1024^2)
hash <- function(path) strsplit(system2("sha256sum", path, stdout = TRUE), " ")[[1]][1]
ui <- fluidPage(
  sliderInput("slider", "Slider", 0, 100, 50),
  textOutput("moved"),
  fileInput("file", "File"),
  textOutput("received"),
  downloadButton("download", "Download")
)
server <- function(input, output) {
  output$moved <- renderText(paste("moved to", input$slider))
  output$received <- renderText(if (!is.null(input$file)) paste("received", hash(input$file$datapath)))
  output$download <- downloadHandler("sample.bin", function(to) file.copy(input$file$datapath, to))
}
runApp(shinyApp(ui, server), port = as.integer(commandArgs(TRUE)[1]), launch.browser = FALSE)
