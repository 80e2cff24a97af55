#!/bin/bash
# Lifecycle script for SageMaker: for a Studio space, JupyterLab or Code Editor, which runs it as its user (docs/studio.md),
# and for a notebook instance, notebook-al2023-v1, which runs it as root (docs/notebook-instance.md). Both run it at every
# start. It returns in seconds: what takes longer goes on in the background. A stop leaves nothing but the volume, so
# everything that is kept lies there, and the kernel and the renderer of charts are registered for JupyterLab at each
# start. A lifecycle script that fails keeps its place from starting, so none of the workshop's troubles makes this one
# fail. Root neither writes to the volume nor runs anything from it: both are done by the volume's owner.
set -uo pipefail

# Where the project is cloned from, unless it is on the volume already.
PROJECT_URL=${PROJECT_URL:-}
# A folder with Node's archive for linux-x64 and the SHASUMS256.txt that holds its checksum.
NODE_URL=${NODE_URL:-https://nodejs.org/dist/latest-v24.x}
if [[ -d /home/sagemaker-user ]]; then
  OWNER=${OWNER:-sagemaker-user}
  VOLUME=${VOLUME:-/home/sagemaker-user}
else
  OWNER=${OWNER:-ec2-user}
  VOLUME=${VOLUME:-/home/ec2-user/SageMaker}
fi
# A space's image has Python and Node here.
CONDA=${CONDA:-/opt/conda}
# How long the instance's own clone of a Git repository is waited for.
CLONE_SECONDS=${CLONE_SECONDS:-300}

HERE=$(cd "$(dirname "$0")" >/dev/null && pwd)
STATE=$VOLUME/.workshop
LOG=$VOLUME/workshop.log

main() {
  if ((EUID != 0)) && ! is_owner; then
    say "this script runs as root or as $OWNER: sudo bash lifecycle.sh" >&2
    exit 0
  fi
  cd /
  if [[ ! -d $VOLUME ]]; then
    say "there is no volume at $VOLUME, so nothing was done."
    exit 0
  fi
  exec 9<"$VOLUME"
  if ! flock --nonblock 9; then
    say "the set-up that was started before is still at work; its log is $LOG"
    exit 0
  fi
  if ! as_owner begin; then
    say "$OWNER cannot write to $VOLUME, so nothing was done."
    exit 0
  fi
  # A process group of its own: what ends this script's group does not end the set-up.
  set -m
  in_background </dev/null >/dev/null 2>&1 &
  say "the set-up goes on in the background; its log is $LOG"
}

say() { printf 'Workshop: %s\n' "$1"; }

# The owner may have another name, or none.
is_owner() { [[ $(id -un 2>/dev/null) == "$OWNER" ]] || { ((EUID != 0)) && [[ -O $VOLUME ]]; }; }

# Runs a function of this script, with its arguments, as the volume's owner. There, a failing command ends it.
as_owner() {
  local kept=http_proxy,https_proxy,no_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY,NODE_EXTRA_CA_CERTS
  local user=() script
  is_owner || user=(sudo -H -u "$OWNER" --preserve-env="$kept")
  script="set -euo pipefail
    $(declare -p PROJECT_URL NODE_URL HERE VOLUME CONDA CLONE_SECONDS STATE LOG)
    $(declare -f)
    \"\$@\""
  "${user[@]}" env PATH="$STATE/node/bin:$CONDA/bin:$PATH" bash --norc -c "$script" bash "$@"
}

# In the background. Everything that is said goes to the log.
in_background() {
  trap '' HUP
  {
    if set_up; then
      as_owner mark_ready "$SECONDS"
      # The first cells do without it, and a cell that needs it waits.
      if as_owner set_up_project tensorflow; then
        say "TensorFlow is ready, $SECONDS s after the start."
      else
        say 'TensorFlow could not be set up, so networks and transformers do not work yet. Everything else does.'
      fi
    else
      as_owner mark_failed
    fi
    as_owner tidy
  } 2>&1 | as_owner append_to_log
}

set_up() {
  as_owner provide_node || return
  as_owner provide_project || return
  as_owner set_up_project first || return
  as_owner make_copies || return
  # Only TensorFlow's binding needs it, which is compiled once.
  if ! has_compiler && ! as_owner set_up_project tensorflow &>/dev/null; then
    install_compiler || say 'the compiler could not be installed.'
  fi
  as_owner register
}

has_compiler() { command -v c++ >/dev/null && command -v make >/dev/null; }

install_compiler() {
  say 'installing the compiler, which a stop takes away.'
  if command -v dnf >/dev/null; then
    sudo dnf install --assumeyes --quiet gcc-c++ make
  else
    sudo apt-get update --quiet=2 && sudo apt-get install --yes --quiet=2 g++ make
  fi
}

# All that follows is run by the volume's owner.

begin() {
  mkdir -p "$STATE"
  tidy
  printf 'Workshop: start of %s\n' "$(date -u +'%F %T UTC')" >"$LOG"
  mark SETTING-UP "The workshop is being set up. What is being done: $LOG"
  # What was ready before the stop can be used at once; the background checks it.
  if [[ -e $STATE/ready ]] && find_project >/dev/null; then register | tee -a "$LOG" || true; fi
}

append_to_log() { cat >>"$LOG"; }

# The mark is a file beside the project whose name says how things stand.
mark() {
  rm -f "$VOLUME"/workshop-{SETTING-UP,READY,FAILED}.txt
  printf '%s\n' "$2" >"$VOLUME/workshop-$1.txt"
}

mark_ready() {
  local folder
  folder=$(find_project)
  touch "$STATE/ready"
  say "ready, $1 s after the start."
  mark READY "The workshop is ready. Open ${folder#"$VOLUME"/}/notebooks/sagemaker_text_classification.local.ipynb"
}

mark_failed() {
  local folder again=''
  if folder=$(find_project); then again=", or run in a terminal: bash $folder/lifecycle.sh"; fi
  say "not ready. To try again, stop and start this machine$again"
  mark FAILED "The workshop could not be set up. Why: the last lines of $LOG"
}

fail() {
  say "$1" >&2
  exit 1
}

provide_node() {
  local node=$STATE/node part=$STATE/node.part archive version
  if [[ ! -x $node/bin/node ]] && ! has_node; then
    [[ $(uname -m) == x86_64 ]] || fail "the workshop needs an x86-64 machine, this one is $(uname -m)."
    rm -rf "$part"
    mkdir "$part"
    cd "$part" || return
    download "$NODE_URL/SHASUMS256.txt"
    archive=$(grep -oE 'node-v[0-9.]+-linux-x64\.tar\.gz$' SHASUMS256.txt) ||
      fail "$NODE_URL has no Node for linux-x64."
    download "$NODE_URL/$archive"
    grep -F " $archive" SHASUMS256.txt | sha256sum --check --status || fail "$archive is not what its checksum says."
    tar -xzf "$archive" --strip-components=1 --no-same-owner
    rm "$archive"
    mv "$part" "$node"
  fi
  version=$(node --version) || fail "$(command -v node) does not run on this machine."
  say "Node $version"
}

# Whether the image has a recent Node, with the headers that compiling needs.
has_node() {
  [[ -e $CONDA/include/node/node_api.h ]] &&
    printf 'v20.12\n%s\n' "$("$CONDA/bin/node" --version 2>/dev/null)" | sort --version-sort --check=quiet
}

download() {
  curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --remote-name "$1" ||
    fail "$1 could not be downloaded. Is there a way to the internet?"
}

provide_project() {
  local deadline=$((SECONDS + CLONE_SECONDS)) target folder
  target=$VOLUME/$(basename "$PROJECT_URL" .git)
  if ! find_project >/dev/null && [[ $PROJECT_URL ]]; then
    [[ ! -e $target ]] || fail "$target is in the way: it is not the project, which would be cloned to it."
    rm -rf "$STATE/project.part"
    GIT_TERMINAL_PROMPT=0 git clone --quiet "$PROJECT_URL" "$STATE/project.part" ||
      fail "$PROJECT_URL could not be cloned."
    mv "$STATE/project.part" "$target"
  fi
  until folder=$(find_project); do
    ((SECONDS < deadline)) ||
      fail "there is no project on $VOLUME: clone it to there, or give this script its PROJECT_URL."
    sleep 1
  done
  say "project $folder"
}

# Goes to the project's folder; waits while Git works in it.
enter_project() {
  local deadline=$((SECONDS + CLONE_SECONDS)) folder
  until folder=$(find_project); do
    ((SECONDS < deadline)) || return
    sleep 1
  done
  cd "$folder" || return
}

# This script's folder or the first other one on the volume that holds the project and is not being cloned at this moment.
find_project() {
  local folder
  for folder in "$HERE" "$VOLUME"/*; do
    if [[ $folder == "$VOLUME"/* && -f $folder/src/setup.mjs && -f $folder/lifecycle.sh && ! -e $folder/.git/index.lock ]]; then
      printf '%s\n' "$folder"
      return
    fi
  done
  return 1
}

# What npm and pip download passes through the volume, not the root disk, and is deleted at the end.
set_up_project() {
  enter_project || return
  export TMPDIR=$STATE/tmp npm_config_cache=$STATE/cache npm_config_update_notifier=false PIP_NO_CACHE_DIR=1
  mkdir -p "$TMPDIR"
  node src/setup.mjs "$1"
}

tidy() { rm -rf "$STATE/tmp" "$STATE/cache"; }

# JupyterLab saves what it has opened, so readers open copies, which git ignores.
make_copies() { enter_project && node dist/jupyter/copies.js; }

# Jupyter looks for kernels and extensions in its user's folder, wherever it is installed itself, and finds new
# ones without being started again.
register() {
  local jupyter=$HOME/.local/share/jupyter part
  enter_project && cd .venv/share/jupyter || return
  for part in kernels/tslab labextensions/jupyterlab-plotly; do
    # A space's image brings a renderer that fits its own plotly.
    if [[ $part == labextensions/* && -e $CONDA/share/jupyter/$part ]]; then continue; fi
    mkdir -p "$jupyter/${part%/*}"
    keep_other_kernel "$jupyter/$part"
    rm -rf "${jupyter:?}/$part"
    cp -R "$part" "$jupyter/$part" || return
  done
  say "kernel and renderer of charts registered in $jupyter"
}

# A kernel of that name which is not the project's is yours, and keeps its place under another name.
keep_other_kernel() {
  if [[ -e $1/kernel.json ]] && ! grep -q /dist/jupyter/kernel.js "$1/kernel.json"; then
    mv --no-target-directory --backup=numbered "$1" "$1-before-workshop"
  fi
}

main "$@"
