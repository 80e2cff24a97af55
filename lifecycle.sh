#!/bin/bash
# Lifecycle script of a SageMaker notebook instance (notebook-al2023-v1); docs/notebook-instance.md says how to
# register it. It runs as root at every start and returns in seconds: what takes longer goes on in the background.
# A stop leaves nothing but the volume, so everything that is kept lies there, and the kernel and the renderer of
# charts are registered in the instance's JupyterLab at each start. A lifecycle script that fails keeps the instance
# from starting, so none of the workshop's troubles makes this one fail. Root neither writes to the volume nor runs
# anything from it: both are done by the volume's owner.
set -uo pipefail

# Where the project is cloned from, unless a Git repository of the instance holds it already.
PROJECT_URL=${PROJECT_URL:-}
# A folder with Node's archive for linux-x64 and the SHASUMS256.txt that holds its checksum.
NODE_URL=${NODE_URL:-https://nodejs.org/dist/latest-v24.x}
VOLUME=${VOLUME:-/home/ec2-user/SageMaker}
OWNER=${OWNER:-ec2-user}
LOCK=${LOCK:-/run/workshop.lock}
# How long the instance's own clone of a Git repository is waited for.
CLONE_SECONDS=${CLONE_SECONDS:-300}

STATE=$VOLUME/.workshop
LOG=$VOLUME/workshop.log

main() {
  if ((EUID != 0)); then
    say 'this script runs as root: sudo bash lifecycle.sh' >&2
    exit 1
  fi
  cd /
  if [[ ! -d $VOLUME ]]; then
    say "there is no volume at $VOLUME, so nothing was done."
    exit 0
  fi
  exec 9>"$LOCK"
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

# Runs a function of this script, with its arguments, as the volume's owner. There, a failing command ends it.
as_owner() {
  local kept=http_proxy,https_proxy,no_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY,NODE_EXTRA_CA_CERTS
  local script
  script="set -euo pipefail
    $(declare -p PROJECT_URL NODE_URL VOLUME CLONE_SECONDS STATE LOG)
    $(declare -f)
    \"\$@\""
  sudo -H -u "$OWNER" --preserve-env="$kept" env PATH="$STATE/node/bin:$PATH" bash --norc -c "$script" bash "$@"
}

# Root, in the background. Everything that is said goes to the log.
in_background() {
  trap '' HUP
  {
    if set_up; then as_owner mark_ready "$SECONDS"; else as_owner mark_failed; fi
  } 2>&1 | as_owner append_to_log
}

set_up() {
  as_owner provide_node || return
  as_owner provide_project || return
  if ! as_owner set_up_project; then
    if has_compiler; then return 1; fi
    # Only compiling needs it, which is done once.
    say 'installing the compiler, which a stop takes away.'
    dnf install --assumeyes --quiet gcc-c++ make || return
    as_owner set_up_project || return
  fi
  as_owner register
}

has_compiler() { command -v c++ >/dev/null && command -v make >/dev/null; }

# All that follows is run by the volume's owner.

begin() {
  mkdir -p "$STATE"
  printf 'Workshop: start of %s\n' "$(date -u +'%F %T UTC')" >"$LOG"
  mark SETTING-UP "The workshop is being set up. What is being done: $LOG"
  # What was ready before the stop can be used at once; the background checks it.
  if [[ -e $STATE/ready ]]; then register | tee -a "$LOG" || true; fi
}

append_to_log() { cat >>"$LOG"; }

# The mark is a file beside the project whose name says how things stand.
mark() {
  rm -f "$VOLUME"/workshop-{SETTING-UP,READY,FAILED}.txt
  printf '%s\n' "$2" >"$VOLUME/workshop-$1.txt"
}

mark_ready() {
  local notebooks
  notebooks=$(find_project)/notebooks
  touch "$STATE/ready"
  say "ready, $1 s after the start."
  mark READY "The workshop is ready: open sagemaker_text_classification.ipynb in $notebooks (kernel TypeScript)."
}

mark_failed() {
  say 'not ready. Stop and start the instance to try again, or run this script in a terminal: sudo bash lifecycle.sh'
  mark FAILED "The workshop could not be set up. Why: the last lines of $LOG"
}

fail() {
  say "$1" >&2
  exit 1
}

provide_node() {
  local node=$STATE/node part=$STATE/node.part archive version
  if [[ ! -x $node/bin/node ]]; then
    [[ $(uname -m) == x86_64 ]] || fail "the workshop needs an x86-64 instance, this one is $(uname -m)."
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
  version=$("$node/bin/node" --version) || fail "the Node in $node does not run on this machine."
  say "Node $version"
}

download() {
  curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --remote-name "$1" ||
    fail "$1 could not be downloaded. Does the instance have a way to the internet?"
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
      fail "there is no project on $VOLUME: give the instance its Git repository, or this script its PROJECT_URL."
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

# The first folder on the volume that holds the project and is not being cloned at this moment.
find_project() {
  local file folder
  for file in "$VOLUME"/*/src/setup.mjs; do
    folder=${file%/src/setup.mjs}
    if [[ -f $folder/lifecycle.sh && ! -e $folder/.git/index.lock ]]; then
      printf '%s\n' "$folder"
      return
    fi
  done
  return 1
}

# What npm and pip download passes through the volume, not the root disk, and is deleted when it has served.
set_up_project() {
  enter_project || return
  export TMPDIR=$STATE/tmp npm_config_cache=$STATE/cache npm_config_update_notifier=false PIP_NO_CACHE_DIR=1
  rm -rf "$TMPDIR"
  mkdir "$TMPDIR"
  node src/setup.mjs
  rm -rf "$TMPDIR" "$npm_config_cache"
}

# Jupyter looks for kernels and extensions in its user's folder, wherever it is installed itself, and finds new
# ones without being started again.
register() {
  local jupyter=.local/share/jupyter part
  enter_project && cd .venv/share/jupyter || return
  for part in kernels/tslab labextensions/jupyterlab-plotly; do
    mkdir -p "$HOME/$jupyter/${part%/*}"
    rm -rf "${HOME:?}/$jupyter/$part"
    cp -R "$part" "$HOME/$jupyter/$part" || return
  done
  say "kernel and renderer of charts registered in $HOME/$jupyter"
}

main "$@"
