#!/bin/sh
# A handler in shell: pretends to send an email to the address in the payload, {"to": "…"}.
#
# Addresses at busy.example fail at the first attempt, those at gone.example always.
set -eu

payload=$(cat)
# Enough for one simple field; a real handler would use jq.
to=$(printf '%s' "$payload" | sed -n 's/.*"to" *: *"\([^"]*\)".*/\1/p')

case $to in
'')
    echo "the payload has no address in \"to\"" >&2
    exit 65 # EX_DATAERR: a retry cannot help, archive the task
    ;;
*@gone.example)
    echo "550 no such mailbox: $to" >&2
    exit 65
    ;;
*@busy.example)
    if [ "$QCTL_TASK_RETRIED" -eq 0 ]; then
        echo "450 mailbox busy: $to" >&2
        exit 1 # any other status: failed, retry later
    fi
    ;;
esac

# Standard output is the result. qctl keeps it if the task has a retention.
printf '{"sent_to":"%s","retried":%d}\n' "$to" "$QCTL_TASK_RETRIED"
