#!/bin/sh
# A CGI program that does not read the body of its request.
echo "Content-Type: text/plain"
echo
echo unread
