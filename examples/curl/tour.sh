#!/bin/sh
# Stores a file, lists images, replaces the image by another file, downloads a variant, and deletes it: tour.sh FILE OTHER
set -eu
file=$1 other=$2

api() { # METHOD PATH [OPTION...]; an answer that is an error ends the script, and is shown
  method=$1 path=$2
  shift 2
  curl --fail-with-body --silent --show-error --max-time 120 --request "$method" \
    --header "Authorization: Token $CALOTYPE_TOKEN" "$@" "$CALOTYPE_SERVER$path"
}

# With this key, the upload can be sent again after an error of the network: it is stored once.
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
stored=$(api POST /image/ --header "Idempotency-Key: $key" --form "original=@$file")
id=$(printf '%s' "$stored" | sed 's/^{"id":\([0-9]*\).*/\1/')
echo "stored $id"
echo "listed $(api GET '/image/?limit=1&ordering=-created_at' | sed 's/^{"count":\([0-9]*\).*/\1/')"
api PUT "/image/$id/" --form "original=@$other" >/dev/null
echo "replaced $id"
api GET "/image/$id/?wait=60" >/dev/null # until the variants are made
api GET "/image/$id/small/" --output small.img
echo "downloaded $(wc -c <small.img | tr -d ' ')"
api DELETE "/image/$id/"
echo "deleted $id"
