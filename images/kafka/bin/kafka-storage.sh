#!/bin/sh
# Formats the broker's folder as the official image's script of this name does.
exec java ${KAFKA_HEAP_OPTS:-} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "/opt/kafka/libs/*" kafka.tools.StorageTool "$@"
