# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_qctl_global_optspecs
    string join \n redis= password-file= sentinel-user= sentinel-password-file= tls-ca= tls-cert= tls-key= tls-server-name= insecure redis-timeout= read-only config= o/output= json error-format= no-headers time= color= quiet v/verbose no-input h/help V/version
end

function __fish_qctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_qctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_qctl_using_subcommand
    set -l cmd (__fish_qctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c qctl -n "__fish_qctl_needs_command" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_needs_command" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_needs_command" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_needs_command" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_needs_command" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_needs_command" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_needs_command" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_needs_command" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_needs_command" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_needs_command" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_needs_command" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_needs_command" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_needs_command" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_needs_command" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_needs_command" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_needs_command" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_needs_command" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_needs_command" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_needs_command" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_needs_command" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_needs_command" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_needs_command" -s h -l help -d 'Print help'
complete -c qctl -n "__fish_qctl_needs_command" -s V -l version -d 'Print version'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "enqueue" -d 'Enqueue a task, or a stream of tasks'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "stats" -d 'Show queue statistics'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "ls" -d 'List queues, tasks, servers, running tasks, groups, schedules or changes'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "inspect" -d 'Show all details of tasks, or of queues'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "logs" -d 'Show what the attempts of a task have printed'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "retry" -d 'Run tasks now: move them to pending'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "archive" -d 'Archive tasks: keep them, but do not run them'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "delete" -d 'Delete tasks and release their unique locks'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "cancel" -d 'Cancel running tasks: end their attempts, which count as failed'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "wait" -d 'Wait until tasks have ended, queues are drained or served, or a selection is empty'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "check" -d 'Compare queues with limits, for monitoring'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "pause" -d 'Pause queues; running tasks continue'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "resume" -d 'Resume paused queues'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "drop" -d 'Delete queues and all their tasks'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "doctor" -d 'Find what is wrong in Redis, and repair it'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "export" -d 'Write tasks as lines of JSON, which qctl import reads'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "import" -d 'Store the tasks that qctl export has written'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "cron" -d 'Manage cron schedules (stored in Redis)'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "work" -d 'Run a worker: hand each task to a command, a process or an HTTP endpoint'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "try" -d 'Run the handler of a task here and now, without changing anything in Redis'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "dev" -d 'Start a private Redis with a worker, the scheduler and the page, to try things out'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "serve" -d 'Serve a web page that shows queues and changes tasks'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "dash" -d 'Show a live dashboard with actions in the terminal'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c qctl -n "__fish_qctl_needs_command" -f -a "man" -d 'Print the manual page of a command'
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l from -d 'Enqueue one task per line of FILE, or of stdin (-)' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l on-error -d 'What to do when a line cannot be enqueued' -r -f -a "stop\t'Stop: enqueue none of the lines after it'
skip\t'Continue with the next line'"
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l on-conflict -d 'What to do when the id of a task or its unique lock is taken' -r -f -a "error\t'Report an error'
ignore\t'Succeed: the task is there already'"
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l skip -d 'Skip the first N lines' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l wait -d 'Wait until the task has ended and print its result [default: no time limit]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -s p -l payload -d 'Payload: text (@@ for a leading @), @FILE for the bytes of a file, or - for stdin' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -s q -l queue -d 'Queue to put the task into' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l max-retry -d 'Maximum number of retries' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l timeout -d 'Time limit of one attempt [default: 30m if there is no deadline]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l deadline -d 'Time after which no attempt may run' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l in -d 'Delay before the task may run' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l unique -d 'Refuse tasks with the same queue, type and payload for this long' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l retention -d 'Keep the completed task and its result for this long [default: delete it at once]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l group -d 'Add the task to this group, whose tasks are merged into one' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l header -d 'Task header (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l id -d 'Task id, unique in the queue [default: a random UUID]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l at -d 'Do not run the task before this time' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand enqueue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -s w -l watch -d 'Refresh every INTERVAL until interrupted, and show rates' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l history -d 'Add the attempts of the last DAYS days, today first (UTC); CSV has these alone' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand stats" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l memory -d 'Add the memory used by each queue, estimated from samples'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand ls" -s q -l queue -d 'Only tasks of this queue, by name or glob (repeatable, or separated by commas)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -s s -l state -d 'Only tasks in this state (repeatable, or separated by commas)' -r -f -a "active\t''
pending\t''
scheduled\t''
retry\t''
archived\t''
completed\t''
aggregating\t''
aside\t''
orphaned\t''"
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l group -d 'Only tasks waiting in this group' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -s t -l type -d 'Only tasks whose type matches this glob' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l error -d 'Only tasks whose last error contains this text (case-sensitive)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l older-than -d 'Only tasks that have been in their state for longer than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l newer-than -d 'Only tasks that have been in their state for less than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l filter -d 'Only tasks for which this jq expression on their JSON document is true, such as \'.retried > 3\'' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -s l -l limit -d 'Maximum number of rows to print [default: 100 tasks or changes in a table, otherwise all]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand ls" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand ls" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand ls" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -s q -l queue -d 'Only tasks of this queue, by name or glob (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l raw -d 'Print only the payload, byte for byte'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l result -d 'Print only the result, byte for byte'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -s q -l queue -d 'Only a task of this queue, by name or glob (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l attempt -d 'Only the output of attempt N' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand logs" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand logs" -s f -l follow -d 'Keep printing what is added, until the task has ended'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l raw -d 'Print only the output, byte for byte'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s q -l queue -d 'Only tasks of this queue, by name or glob (repeatable, or separated by commas)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s s -l state -d 'Only tasks in this state (repeatable, or separated by commas)' -r -f -a "active\t''
pending\t''
scheduled\t''
retry\t''
archived\t''
completed\t''
aggregating\t''
aside\t''
orphaned\t''"
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l group -d 'Only tasks waiting in this group' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s t -l type -d 'Only tasks whose type matches this glob' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l error -d 'Only tasks whose last error contains this text (case-sensitive)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l older-than -d 'Only tasks that have been in their state for longer than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l newer-than -d 'Only tasks that have been in their state for less than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l filter -d 'Only tasks for which this jq expression on their JSON document is true, such as \'.retried > 3\'' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s l -l limit -d 'Maximum number of tasks: the first N in the order of qctl ls' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l rate -d 'Change at most N tasks per second' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l ignore-not-found -d 'Succeed if a task does not exist'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s y -l yes -d 'No effect: there is no confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s q -l queue -d 'Only tasks of this queue, by name or glob (repeatable, or separated by commas)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s s -l state -d 'Only tasks in this state (repeatable, or separated by commas)' -r -f -a "active\t''
pending\t''
scheduled\t''
retry\t''
archived\t''
completed\t''
aggregating\t''
aside\t''
orphaned\t''"
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l group -d 'Only tasks waiting in this group' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s t -l type -d 'Only tasks whose type matches this glob' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l error -d 'Only tasks whose last error contains this text (case-sensitive)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l older-than -d 'Only tasks that have been in their state for longer than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l newer-than -d 'Only tasks that have been in their state for less than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l filter -d 'Only tasks for which this jq expression on their JSON document is true, such as \'.retried > 3\'' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s l -l limit -d 'Maximum number of tasks: the first N in the order of qctl ls' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l rate -d 'Change at most N tasks per second' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s y -l yes -d 'Skip the confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l ignore-not-found -d 'Succeed if a task does not exist'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l allow-trim -d 'Archive more tasks than the archive holds: the oldest archived tasks are deleted'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand archive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s q -l queue -d 'Only tasks of this queue, by name or glob (repeatable, or separated by commas)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s s -l state -d 'Only tasks in this state (repeatable, or separated by commas)' -r -f -a "active\t''
pending\t''
scheduled\t''
retry\t''
archived\t''
completed\t''
aggregating\t''
aside\t''
orphaned\t''"
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l group -d 'Only tasks waiting in this group' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s t -l type -d 'Only tasks whose type matches this glob' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l error -d 'Only tasks whose last error contains this text (case-sensitive)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l older-than -d 'Only tasks that have been in their state for longer than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l newer-than -d 'Only tasks that have been in their state for less than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l filter -d 'Only tasks for which this jq expression on their JSON document is true, such as \'.retried > 3\'' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s l -l limit -d 'Maximum number of tasks: the first N in the order of qctl ls' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l rate -d 'Change at most N tasks per second' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s y -l yes -d 'Skip the confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l ignore-not-found -d 'Succeed if a task does not exist'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s q -l queue -d 'Only tasks of this queue, by name or glob (repeatable, or separated by commas)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s s -l state -d 'Only tasks in this state (repeatable, or separated by commas)' -r -f -a "active\t''
pending\t''
scheduled\t''
retry\t''
archived\t''
completed\t''
aggregating\t''
aside\t''
orphaned\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l group -d 'Only tasks waiting in this group' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s t -l type -d 'Only tasks whose type matches this glob' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l error -d 'Only tasks whose last error contains this text (case-sensitive)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l older-than -d 'Only tasks that have been in their state for longer than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l newer-than -d 'Only tasks that have been in their state for less than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l filter -d 'Only tasks for which this jq expression on their JSON document is true, such as \'.retried > 3\'' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s l -l limit -d 'Maximum number of tasks: the first N in the order of qctl ls' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l rate -d 'Change at most N tasks per second' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l wait -d 'Wait until the tasks have stopped, at most DURATION [default: without a limit]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s y -l yes -d 'Skip the confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l ignore-not-found -d 'Succeed if a task does not exist'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cancel" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l drained -d 'Until no task of QUEUE, a name or glob, will still run: none is pending, active, scheduled, in retry or in a group (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l worker -d 'Until a server, Go\'s or qctl\'s, serves QUEUE (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -s q -l queue -d 'Only tasks of this queue, by name or glob (repeatable, or separated by commas)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -s s -l state -d 'Only tasks in this state (repeatable, or separated by commas)' -r -f -a "active\t''
pending\t''
scheduled\t''
retry\t''
archived\t''
completed\t''
aggregating\t''
aside\t''
orphaned\t''"
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l group -d 'Only tasks waiting in this group' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -s t -l type -d 'Only tasks whose type matches this glob' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l error -d 'Only tasks whose last error contains this text (case-sensitive)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l older-than -d 'Only tasks that have been in their state for longer than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l newer-than -d 'Only tasks that have been in their state for less than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l filter -d 'Only tasks for which this jq expression on their JSON document is true, such as \'.retried > 3\'' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l timeout -d 'How long to wait [default: forever]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l create-timeout -d 'How long tasks and queues may be missing before that is an error' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand wait" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l empty -d 'Until there is no task in the selection that the options below describe'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l any -d 'Until one of these is so, instead of all'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand check" -s q -l queue -d 'Only these queues, by name or glob (repeatable, or separated by commas)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l min-failures -d 'Fewer failed attempts today than this are not compared with --max-failed-rate [default: failures of [trouble], 20]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l timeout -d 'How long the check may take' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l format -d 'Output format [default: text]' -r -f -a "text\t''
json\t''
nagios\t''
prometheus\t''"
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-pending -d 'Pending tasks' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-latency -d 'How long the oldest task may be pending; 0 in a paused queue' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-forward-delay -d 'How long tasks may be due without being pending' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-retry -d 'Tasks in retry' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-archived -d 'Archived tasks' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-failed-rate -d 'The share of today\'s attempts (UTC) that may fail, such as 5%,20%; see --min-failures' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-paused -d 'How long a queue in which tasks wait may be paused' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-orphaned -d 'Active tasks whose worker is gone' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l min-workers -d 'Workers and Go servers that serve the queue' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-overdue -d 'How long ago a stored schedule may have been due to fire' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l max-memory -d 'What Redis may use: a size such as 2GB, or a share of maxmemory such as 80%,90%' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand check" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand check" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand check" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand check" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand check" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand check" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand check" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand check" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand check" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand check" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand check" -l trouble -d 'Let the findings of [trouble] count beside limits on the command line'
complete -c qctl -n "__fish_qctl_using_subcommand check" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand check" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand check" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand check" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand check" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand check" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand check" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand pause" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l force -d 'Also pause queues that do not exist yet; they are created'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand resume" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l force -d 'Also resume queues that do not exist'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand drop" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l force -d 'Also delete queues that still hold tasks'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l ignore-not-found -d 'Succeed if a queue does not exist'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -s y -l yes -d 'Skip the confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand drop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -s q -l queue -d 'Only these queues, by name or glob' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l only -d 'Only these codes, separated by commas' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l quick -d 'Look once, and report what a running server may be about to resolve'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l fix -d 'Repair what was found'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -s n -l dry-run -d 'With --fix, show what would be repaired, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -s y -l yes -d 'With --fix, skip the confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and not __fish_seen_subcommand_from explain" -f -a "explain" -d 'Explain a code: cause, effect, repair, and why the repair is safe'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand doctor; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help'
complete -c qctl -n "__fish_qctl_using_subcommand export" -s q -l queue -d 'Only tasks of this queue, by name or glob (repeatable, or separated by commas)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -s s -l state -d 'Only tasks in this state (repeatable, or separated by commas)' -r -f -a "active\t''
pending\t''
scheduled\t''
retry\t''
archived\t''
completed\t''
aggregating\t''
aside\t''
orphaned\t''"
complete -c qctl -n "__fish_qctl_using_subcommand export" -l group -d 'Only tasks waiting in this group' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -s t -l type -d 'Only tasks whose type matches this glob' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l error -d 'Only tasks whose last error contains this text (case-sensitive)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l older-than -d 'Only tasks that have been in their state for longer than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l newer-than -d 'Only tasks that have been in their state for less than DURATION' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l filter -d 'Only tasks for which this jq expression on their JSON document is true, such as \'.retried > 3\'' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -s l -l limit -d 'Maximum number of tasks: the first N in the order of qctl ls' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l file -d 'Write to FILE instead of stdout; it appears when it is complete' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand export" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand export" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand export" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand export" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand export" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand export" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand export" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand export" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand export" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand export" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand export" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand export" -l all -d 'Export all queues'
complete -c qctl -n "__fish_qctl_using_subcommand export" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand export" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand export" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand export" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand export" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand export" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand export" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand import" -l on-error -d 'What to do when a line cannot be imported' -r -f -a "skip\t'Continue with the next line'
stop\t'Stop: import none of the lines after it'"
complete -c qctl -n "__fish_qctl_using_subcommand import" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand import" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand import" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand import" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand import" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand import" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand import" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand import" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand import" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand import" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand import" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand import" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand import" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand import" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand import" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand import" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand import" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand import" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand import" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand import" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand import" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "ls" -d 'List schedules: when each fires next, and its last outcome'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "show" -d 'List schedules: when each fires next, and its last outcome'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "add" -d 'Store a schedule that enqueues a task at each tick'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "rm" -d 'Remove schedules and their history; tasks already enqueued stay'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "delete" -d 'Remove schedules and their history; tasks already enqueued stay'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "pause" -d 'Pause schedules'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "resume" -d 'Resume paused schedules'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "run" -d 'Enqueue the task of a schedule once, now'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "run-scheduler" -d 'Run only the scheduler: fire stored schedules, run no tasks'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "next" -d 'Show when a schedule fires next'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "history" -d 'Show the last ticks of a schedule, and the states of their tasks'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "export" -d 'Print stored schedules as TOML for cron sync'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and not __fish_seen_subcommand_from ls show add rm delete pause resume run run-scheduler next history export sync" -f -a "sync" -d 'Store the schedules of a file: add the new ones, replace those that differ'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -s q -l queue -d 'Only schedules that enqueue into this queue, by name or glob (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -s l -l limit -d 'Maximum number of rows to print' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -s q -l queue -d 'Only schedules that enqueue into this queue, by name or glob (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -s l -l limit -d 'Maximum number of rows to print' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l tz -d 'Time zone of the spec, such as Europe/Paris' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -s p -l payload -d 'Payload: text (@@ for a leading @), @FILE for the bytes of a file, or - for stdin' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -s q -l queue -d 'Queue to put the task into' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l max-retry -d 'Maximum number of retries' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l timeout -d 'Time limit of one attempt [default: 30m if there is no deadline]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l deadline -d 'Time after which no attempt may run' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l in -d 'Delay before the task may run' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l unique -d 'Refuse tasks with the same queue, type and payload for this long' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l retention -d 'Keep the completed task and its result for this long [default: delete it at once]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l group -d 'Add the task to this group, whose tasks are merged into one' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l header -d 'Task header (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l catch-up -d 'Missed ticks to catch up: none, latest, all (at most 100) or all:N' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l jitter -d 'Delay each task by a random time of up to DURATION, to spread the load' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l start -d 'No ticks before this time' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l end -d 'No ticks after this time' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l note -d 'Note shown in lists' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l paused -d 'Store the schedule paused'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l replace -d 'Replace another schedule of the same name'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l ignore-not-found -d 'Succeed if a schedule does not exist'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Skip the confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l ignore-not-found -d 'Succeed if a schedule does not exist'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Skip the confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l log-level -d 'Log lines to write: those of this level and more severe ones [default: info] [env: QCTL_LOG_LEVEL]' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l log-format -d 'Format of log lines [default: text] [env: QCTL_LOG_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from run-scheduler" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l spec -d 'Show the times of this spec' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l tz -d 'Time zone of --spec' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -s l -l limit -d 'Maximum number of rows to print' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from next" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -s l -l limit -d 'Maximum number of rows to print' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l prune -d 'Remove stored schedules that the file does not have'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l allow-empty -d 'Let --prune remove all stored schedules if the file has none'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -s n -l dry-run -d 'Show what would change, but change nothing'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -s y -l yes -d 'Skip the confirmation'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l watch -d 'Watch the file, and store it again whenever it changes'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand cron; and __fish_seen_subcommand_from sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand work" -s q -l queue -d 'Queue to serve, and how often compared to the others (repeatable, or separated by commas) [default: default=1]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -s c -l concurrency -d 'Maximum number of tasks to run at the same time [default: the number of processors]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l handle -d 'Run tasks of this type with sh -c COMMAND; TYPE* matches all types with that prefix (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l discard -d 'Complete tasks of this type without running a command (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l listen -d 'Serve /healthz, /readyz and /metrics on this address and port, or on unix:PATH' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l shutdown-timeout -d 'How long to wait for running tasks when stopping [default: 8s]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l log-level -d 'Log lines to write: those of this level and more severe ones [default: info] [env: QCTL_LOG_LEVEL]' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c qctl -n "__fish_qctl_using_subcommand work" -l log-format -d 'Format of log lines [default: text] [env: QCTL_LOG_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand work" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand work" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand work" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand work" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand work" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand work" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand work" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand work" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand work" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand work" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand work" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand work" -l strict -d 'Serve a queue only while all queues of higher weight are empty'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l burst -d 'Exit when the queues are empty'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l fail-on-error -d 'Exit with 9 if an attempt failed'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l no-scheduler -d 'Do not fire stored schedules, and ignore [[cron]] in the configuration file'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l check -d 'Check the configuration, print what would run and exit; Redis is not needed'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand work" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand work" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand work" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand try" -s t -l type -d 'Try a task of this type that need not be in Redis' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -s q -l queue -d 'Only a task of this queue; with --type, the queue that the handler is told' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -s p -l payload -d 'Payload instead of the stored one: text (@@ for a leading @), @FILE for the bytes of a file, or - for stdin' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand try" -l header -d 'Task header, besides the stored ones (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -l timeout -d 'Time limit of the attempt instead of the stored one' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -l run -d 'Run this with sh -c instead of what the configuration names' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand try" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand try" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand try" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand try" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand try" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand try" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand try" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand try" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand try" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand try" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand try" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand try" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand try" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand try" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand try" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand try" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand try" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand try" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -s q -l queue -d 'Queue to serve, and how often compared to the others (repeatable, or separated by commas) [default: default=1]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -s c -l concurrency -d 'Maximum number of tasks to run at the same time [default: the number of processors]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l handle -d 'Run tasks of this type with sh -c COMMAND; TYPE* matches all types with that prefix (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l discard -d 'Complete tasks of this type without running a command (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l data -d 'Keep the data of the Redis in this folder, which is created' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l redis-port -d 'Port of the Redis [default: a free one]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l listen -d 'Address and port of the page [default: a free port of 127.0.0.1]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l log-level -d 'Log lines to write: those of this level and more severe ones [default: info] [env: QCTL_LOG_LEVEL]' -r -f -a "error\t''
warn\t''
info\t''
debug\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l log-format -d 'Format of log lines [default: text] [env: QCTL_LOG_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dev" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l strict -d 'Serve a queue only while all queues of higher weight are empty'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand dev" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l listen -d 'Address and port to listen on, or unix:PATH (repeatable) [default: 127.0.0.1:8080]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l root-path -d 'Path below which all pages are, as a proxy in front passes it on [default: /]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l auth -d 'How users log in: token, basic, proxy-header, or none (on loopback addresses only) [default: token]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l auth-file -d 'File with the token, or for --auth basic with lines of NAME:PASSWORD [default: a new token at each start]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l proxy-header -d 'For --auth proxy-header: the header with the name of the user [default: X-Forwarded-User]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l trusted-proxy -d 'Address or network of a proxy whose headers about its clients are believed; unix for Unix sockets (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l allow-host -d 'Name under which the page may be visited, besides those of this machine (repeatable)' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l metrics-token-file -d 'File with a token that gives access to /metrics only' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l https-cert -d 'Certificate of the page (PEM), followed by those of its authorities' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l https-key -d 'Key of that certificate (PEM)' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand serve" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l secure-cookie -d 'Send the cookie of a login over TLS only, for a page behind a proxy with TLS'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand dash" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand dash" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand dash" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand dash" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand completions" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand completions" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand completions" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand completions" -s h -l help -d 'Print help'
complete -c qctl -n "__fish_qctl_using_subcommand man" -l dir -d 'Write the pages of all commands into DIR, which is created if it does not exist' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand man" -l redis -d 'Redis URL: redis://[user:password@]host[:port][/db], rediss://… for TLS, redis-cluster://host[:port],…, redis-sentinel://host[:port],…[/db]?master=NAME or redis+unix:///path [default: redis://127.0.0.1:6379] [env: QCTL_REDIS]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand man" -l password-file -d 'Read the password from FILE [env: QCTL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand man" -l sentinel-user -d 'User of the Sentinels; the one in the URL is for the Redis servers [env: QCTL_SENTINEL_USER]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand man" -l sentinel-password-file -d 'Read the password of the Sentinels from FILE [env: QCTL_SENTINEL_PASSWORD_FILE]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand man" -l tls-ca -d 'Trust the certificates in FILE (PEM) instead of the system\'s [env: QCTL_TLS_CA]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand man" -l tls-cert -d 'Client certificate (PEM) [env: QCTL_TLS_CERT]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand man" -l tls-key -d 'Key of the client certificate (PEM) [env: QCTL_TLS_KEY]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand man" -l tls-server-name -d 'Name expected in the server\'s certificate [default: the host] [env: QCTL_TLS_SERVER_NAME]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand man" -l redis-timeout -d 'Maximum time to wait for a connection or an answer [default: 5s] [env: QCTL_REDIS_TIMEOUT]' -r -f
complete -c qctl -n "__fish_qctl_using_subcommand man" -l config -d 'Configuration file [default: ./qctl.toml, then ~/.config/qctl/config.toml] [env: QCTL_CONFIG]' -r -F
complete -c qctl -n "__fish_qctl_using_subcommand man" -s o -l output -d 'Output format [default: table] [env: QCTL_OUTPUT]' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
csv\t''
id\t''"
complete -c qctl -n "__fish_qctl_using_subcommand man" -l error-format -d 'Format of errors [default: text] [env: QCTL_ERROR_FORMAT]' -r -f -a "text\t''
json\t''"
complete -c qctl -n "__fish_qctl_using_subcommand man" -l time -d 'Format of times in tables [default: relative] [env: QCTL_TIME]' -r -f -a "relative\t''
iso\t''
unix\t''"
complete -c qctl -n "__fish_qctl_using_subcommand man" -l color -d 'When to use colors [default: auto] [env: QCTL_COLOR]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c qctl -n "__fish_qctl_using_subcommand man" -l insecure -d 'Accept any server certificate [env: QCTL_INSECURE]'
complete -c qctl -n "__fish_qctl_using_subcommand man" -l read-only -d 'Refuse every command that changes something [env: QCTL_READ_ONLY]'
complete -c qctl -n "__fish_qctl_using_subcommand man" -l json -d 'Same as --output json'
complete -c qctl -n "__fish_qctl_using_subcommand man" -l no-headers -d 'Print tables and CSV without headings [env: QCTL_NO_HEADERS]'
complete -c qctl -n "__fish_qctl_using_subcommand man" -l quiet -d 'Print only data, warnings and errors [env: QCTL_QUIET]'
complete -c qctl -n "__fish_qctl_using_subcommand man" -s v -l verbose -d 'Log Redis commands to stderr [env: QCTL_VERBOSE]'
complete -c qctl -n "__fish_qctl_using_subcommand man" -l no-input -d 'Never prompt; assume "no" [env: QCTL_NO_INPUT]'
complete -c qctl -n "__fish_qctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
