#compdef qctl
# zsh completion for qctl: the program itself is asked what may stand at the cursor.

_qctl() {
    local -a found folders
    local line
    for line in "${(@f)$(QCTL_COMPLETE=zsh "${words[1]}" -- "${(@)words[1,CURRENT-1]}" "$QIPREFIX$PREFIX" 2>/dev/null)}"; do
        if [[ $line == */ ]]; then
            folders+=("$line")
        elif [[ -n $line ]]; then
            found+=("$line")
        fi
    done
    [[ -z $found ]] || _describe -V qctl found
    [[ -z $folders ]] || _describe -V folder folders -S ''
}

if [[ $funcstack[1] == _qctl ]]; then
    _qctl "$@"
else
    compdef _qctl qctl
fi
