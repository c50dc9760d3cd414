# The example of HTTP::Daemon's documentation: it serves one connection until that ends, then the next. Argument: the port.
use strict;
use warnings;
use HTTP::Daemon;
use HTTP::Response;

my $daemon = HTTP::Daemon->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], ReuseAddr => 1, Listen => 50) or die $!;
while (my $client = $daemon->accept) {
    while (my $request = $client->get_request) {
        my $path = $request->uri->path;
        my $post = $request->method eq "POST";
        if ($path eq "/empty") { $client->send_response(204) }
        elsif ($post && $path eq "/echo") { answer($client, $request->content) }
        elsif ($post) { answer($client, "unread") }
        else { answer($client, content(".$path")) }
    }
    $client->close;
    undef $client;
}

sub answer {
    my ($client, $body) = @_;
    $client->send_response(HTTP::Response->new(200, "OK", ["Content-Length", length $body], $body));
}

sub content {
    my ($path) = @_;
    open(my $file, "<:raw", $path) or return "";
    local $/;
    return <$file>;
}
