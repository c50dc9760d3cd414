% A program on SWI-Prolog's HTTP server.
:- use_module(library(http/thread_httpd)).
:- use_module(library(http/http_dispatch)).
:- use_module(library(http/http_client)).
:- use_module(library(http/http_files)).

:- http_handler(root(.), http_reply_from_files(., []), [prefix]).
:- http_handler(root(echo), echo, []).
:- http_handler(root(unread), unread, []).
:- http_handler(root(refuse), refuse, []).
:- http_handler(root(empty), empty, []).

echo(Request) :-
    tmp_file_stream(File, Out, [encoding(binary)]),
    http_read_data(Request, _, [to(stream(Out))]),
    close(Out),
    throw(http_reply(tmp_file('application/octet-stream', File))).

unread(_) :-
    format('Content-Type: text/plain~n~nunread').

refuse(_) :-
    format('Status: 413~nContent-Type: text/plain~n~ntoo large').

empty(_) :-
    throw(http_reply(no_content)).

:- initialization(main, main).

main([Port]) :-
    atom_number(Port, Number),
    http_server(http_dispatch, [port('127.0.0.1':Number)]),
    thread_get_message(end).
