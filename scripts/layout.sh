# shellcheck shell=sh
# What an installation of qctl consists of. To be sourced, by bash or any POSIX shell, in the folder of the sources.

# lay_out PROGRAM FOLDER: puts the program, its manual pages and its completions into FOLDER, where PREFIX would be.
lay_out() {
    mkdir -p "$2/bin" "$2/share/man/man5" "$2/share/bash-completion/completions" \
        "$2/share/zsh/site-functions" "$2/share/fish/vendor_completions.d" || return
    cp "$1" "$2/bin/qctl" && chmod 755 "$2/bin/qctl" || return
    laid_out "$2" man --dir "$2/share/man/man1" || return
    cp packaging/man/qctl.toml.5 "$2/share/man/man5/" || return
    laid_out "$2" completions bash >"$2/share/bash-completion/completions/qctl" || return
    laid_out "$2" completions zsh >"$2/share/zsh/site-functions/_qctl" || return
    laid_out "$2" completions fish >"$2/share/fish/vendor_completions.d/qctl.fish"
}

# laid_out FOLDER ARGUMENTS...: the program there, whatever the settings of the user are.
laid_out() (
    program=$1/bin/qctl
    shift
    exec env -i PATH="$PATH" HOME=/nonexistent "$program" "$@"
)
