# Sourced by the programs in utils/: which Debian packages they need, and how
# they get them. A missing package is installed if we are root; if not, the
# exact command is printed and the program stops.

packages_build="clang-22 lld-22 llvm-22-dev cmake ninja-build python3"
packages_test="python3-psutil llvm-22-tools libclang-rt-22-dev clang-19 lld-19 llvm-19-dev
  llvm-19-tools libgtest-dev libbenchmark-dev g++ binutils"
packages_peers="libgc-dev libmimalloc-dev ocaml-nox golang-go
  openjdk-17-jdk-headless"

missing_packages() {
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null |
      grep -q '^ii' || printf '%s ' "$package"
  done
}

# Installs those of the named packages that are missing.
need_packages() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  command="apt-get install -y --no-install-recommends $missing"
  if [ "$(id -u)" != 0 ]; then
    printf 'Missing Debian packages. Run this, then start again:\n\n' >&2
    printf '  sudo apt-get update && sudo %s\n\n' "$command" >&2
    exit 1
  fi
  printf 'Installing: %s\n' "$missing"
  log=$(mktemp)
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive $command; } \
    >"$log" 2>&1; then
    cat "$log" >&2
    printf 'Installing the packages above failed (see the messages).\n' >&2
    exit 1
  fi
  rm -f "$log"
}
