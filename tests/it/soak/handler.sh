# The handler of a soak. Each line is written by one call, so that lines of several processes never mix. The time is that
# since the machine was started, which no wrong clock of a worker moves.
#
# The payload says for how many seconds to run, and how many attempts fail at first.
read -r seconds failures rest
note() {
    read -r now rest </proc/uptime
    echo "$1 $QCTL_TASK_ID $QCTL_TASK_RETRIED $SOAK_WORKER $$ $now$2" >>"$SOAK_RECORD"
}
note s ''
[ "$seconds" = 0 ] || sleep "$seconds"
# Whoever has written that it ended ends so.
trap '' TERM
[ "$QCTL_TASK_RETRIED" -ge "$failures" ] || {
    note e ' 1'
    exit 1
}
note e ' 0'
