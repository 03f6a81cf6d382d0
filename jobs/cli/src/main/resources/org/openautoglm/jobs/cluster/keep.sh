#!/bin/sh
# Keeps a process of a cluster running: starts it again whenever it ends, until it is asked to stop.
#
#   keep.sh NAME FOLDER OUT COMMAND…
#
# Writes NAME.keeper.pid, NAME.pid and NAME.starts to FOLDER, and what COMMAND prints to OUT. A process that ends soon
# after its start is started later and later, 1 to 30 seconds.
name=$1 folder=$2 out=$3
shift 3

# What a job is made of, and what waits in its state, is nobody else's to read.
umask 077

# A file is there whole or not at all.
put() { echo "$2" > "$folder/.$1.new" && mv -f "$folder/.$1.new" "$folder/$1"; }

child= stopping=
trap 'stopping=1; [ -n "$child" ] && kill -TERM "$child" 2> /dev/null' TERM INT
trap '' HUP
put "$name.keeper.pid" $$

starts=0 delay=1
while [ -z "$stopping" ]; do
  starts=$((starts + 1))
  put "$name.starts" "$starts"
  begun=$(date +%s)
  "$@" >> "$out" 2>&1 < /dev/null &
  child=$!
  put "$name.pid" "$child"
  # The request to stop may have come before there was a child.
  [ -n "$stopping" ] && kill -TERM "$child" 2> /dev/null
  wait "$child"
  code=$?
  # A signal ends the waiting before the child has ended.
  while kill -0 "$child" 2> /dev/null; do wait "$child"; code=$?; done
  child=
  rm -f "$folder/$name.pid"
  [ -n "$stopping" ] && break
  if [ $(($(date +%s) - begun)) -gt 60 ]; then delay=1; fi
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $name ended with $code; starting it again in $delay s" >> "$out"
  sleep "$delay" &
  child=$!
  wait "$child"
  child=
  delay=$((delay * 2)); [ "$delay" -gt 30 ] && delay=30
done
rm -f "$folder/$name.keeper.pid"
