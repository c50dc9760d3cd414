# A PSGI application, for starman.
use strict;
use warnings;
use Plack::App::File;

my $files = Plack::App::File->new(root => ".")->to_app;

sub body {
    my ($in) = @_;
    my $body = "";
    while ($in->read(my $part, 65536)) { $body .= $part }
    return $body;
}

sub answer {
    my ($status, $body) = @_;
    return [$status, ["Content-Type" => "application/octet-stream", "Content-Length" => length $body], [$body]];
}

sub {
    my ($env) = @_;
    my $path = $env->{PATH_INFO};
    return [204, [], []] if $path eq "/empty";
    return answer(200, body($env->{"psgi.input"})) if $path eq "/echo";
    return answer(200, "unread") if $path eq "/unread";
    return answer(413, "too large") if $path eq "/refuse";
    return $files->($env);
};
