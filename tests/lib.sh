# shellcheck shell=bash
# What tests/run and tests/bench share: the tools, the emulator, the deployed stack. Sourced from the project's folder.

tools=$PWD/.test-tools
export SAM_CLI_TELEMETRY=0 PYTHONDONTWRITEBYTECODE=1
PATH=$tools/venv/bin:$tools/cargo/bin:$PATH

# Installs the pinned tools, once for each state of the list.
install_tools() {
  local stamp
  stamp=$(cat tests/requirements.txt <(python3 --version) | cksum)
  if [[ "$(cat "$tools/stamp" 2>/dev/null)" != "$stamp" ]]; then
    rm -rf "$tools/venv" "$tools/stamp"
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/requirements.txt
    echo "$stamp" >"$tools/stamp"
  fi
}

# What looks at the template for what somebody might regret: offline.
install_checkov() {
  local stamp
  stamp=$(cat tests/requirements-checkov.txt <(python3 --version) | cksum)
  if [[ "$(cat "$tools/checkov/stamp" 2>/dev/null)" != "$stamp" ]]; then
    rm -rf "$tools/checkov"
    python3 -m venv "$tools/checkov"
    "$tools/checkov/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
      -r tests/requirements-checkov.txt
    echo "$stamp" >"$tools/checkov/stamp"
  fi
}

# Those that are built here, once: cargo knows what it has installed. By the caller's profile, which builds quickly;
# machete, without any optimising, would take longer each time than it saves once.
install_cargo_tools() {
  local install=(cargo install --quiet --locked --root "$tools/cargo")
  "${install[@]}" --no-default-features taplo-cli@0.10.0 # formats only: no schemas, no language server
  "${install[@]}" cargo-deny@0.20.2
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 "${install[@]}" cargo-machete@0.9.2
}

# What looks at mails: the system's own, and where that is Debian or the like, installed.
install_mail_tools() {
  if ! { command -v chromium && command -v spamassassin; } >/dev/null; then
    apt-get update --quiet=2
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --no-install-recommends -y chromium fonts-liberation spamassassin
  fi
  chromium --version
  spamassassin --version
}

# The bootstraps must run here: the emulator starts them as processes of this machine.
host_architecture() {
  case $(uname -m) in
    x86_64) echo x86_64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) echo "no Lambda architecture for $(uname -m)" >&2 && return 1 ;;
  esac
}

# host_build <folder>: `sam build` for this machine. The template says arm64 once, and leaves no choice: so what is built
# here is a copy of it that says otherwise. The command line is there already, RELANCE_BINARY; the policy is the
# example, which nobody else may deploy.
host_build() {
  local ARCHITECTURE
  ARCHITECTURE=$(host_architecture)
  # Beside the original: its paths are relative.
  sed "s/^    Architectures: .*/    Architectures: [$ARCHITECTURE]/" infra/template.yaml >infra/.host-template.yaml
  ARCHITECTURE=$ARCHITECTURE RELANCE=$RELANCE_BINARY CHECK=--example \
    sam build --template infra/.host-template.yaml --build-dir "$1"
  rm infra/.host-template.yaml
}

# host_release <folder>: the folder of a release, for this machine.
host_release() {
  rm -rf "$1"
  infra/release "$1" --architecture "$(host_architecture)" --relance "$RELANCE_BINARY"
}

# Starts the emulator on a free port, with roles checked, and points every AWS client at it and nowhere else.
start_emulator() {
  work=$(mktemp -d)
  trap stop_emulator EXIT
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  export AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
  export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
  unset AWS_PROFILE AWS_SESSION_TOKEN
  # A session of its own, so that the functions' processes end with it.
  AUTH=true BIND_HOST=127.0.0.1 GATEWAY_PORT=$port TMPDIR=$work setsid ministack >"$work/emulator.log" 2>&1 &
  emulator=$!
  if ! timeout 30 bash -c "until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do sleep 0.1; done"; then
    cat "$work/emulator.log" >&2
    return 1
  fi
}

stop_emulator() {
  local status=$?
  if [[ -n ${emulator:-} ]]; then
    kill -- "-$emulator" 2>/dev/null || true
    wait "$emulator" 2>/dev/null || true
    kill -KILL -- "-$emulator" 2>/dev/null || true
  fi
  if ((status)) && [[ -f $work/emulator.log ]]; then
    cp "$work/emulator.log" "$tools/emulator.log"
    echo "The emulator's log is in .test-tools/emulator.log" >&2
  fi
  rm -rf "$work"
}

# deploy <folder of sam build, or of a release> <delivery window in seconds>. The emulator knows no archives in templates.
deploy() {
  export RELANCE_STACK=relance RELANCE_POLICY_DIR=$work/policy
  if ! sam deploy --template-file "$1/template.yaml" --stack-name "$RELANCE_STACK" --resolve-s3 \
    --capabilities CAPABILITY_IAM --no-confirm-changeset --no-progressbar --parameter-overrides \
    "PolicyDir=$RELANCE_POLICY_DIR" "SettleWindowSeconds=$2" \
    MailEventDays=0 StripeEventBus=default RedirectAllTo=live \
    AlarmAddress=alarms@example.com >"$work/deploy.log" 2>&1; then
    cat "$work/deploy.log" >&2
    return 1
  fi
}
