# A program on httpuv, the server of R Shiny. Argument: the port.
library(httpuv)

port <- as.integer(commandArgs(TRUE)[1])
answer <- function(status, body) {
  list(status = status, headers = list("Content-Type" = "application/octet-stream"), body = body)
}
refused <- function(req) if (req$PATH_INFO == "/refuse") answer(413L, "too large")
call <- function(req) {
  switch(req$PATH_INFO,
    "/echo" = answer(200L, req$rook.input$read()),
    "/unread" = answer(200L, "unread"),
    "/empty" = list(status = 204L, headers = list(), body = ""),
    answer(404L, "")
  )
}
opened <- function(ws) ws$onMessage(function(binary, message) ws$send(message))
own <- lapply(c("/echo" = 1, "/unread" = 1, "/empty" = 1, "/refuse" = 1, "/socket" = 1), function(n) excludeStaticPath())
paths <- c(list("/" = staticPath(getwd(), indexhtml = FALSE)), own)
startServer("127.0.0.1", port, list(onHeaders = refused, call = call, onWSOpen = opened, staticPaths = paths))
repeat service(Inf)
