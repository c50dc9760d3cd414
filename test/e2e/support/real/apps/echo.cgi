#!/bin/sh
# A CGI program that answers with the body of its request. It ends its header lines with LF, as CGI programs do.
body=$(mktemp)
if [ -n "$CONTENT_LENGTH" ]; then head -c "$CONTENT_LENGTH"; else cat; fi >"$body"
echo "Content-Type: application/octet-stream"
echo
cat "$body"
rm "$body"
