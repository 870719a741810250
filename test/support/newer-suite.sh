# Packages of the next suite of Debian or Ubuntu, unpacked into a folder and never installed: for tests that need a newer
# program than this machine's own suite has. Sourced by s3-server.sh and kubectl.sh; apt, but no root.
# shellcheck shell=sh

# The packages come from the mirror that this machine's own apt uses, under the distribution's key.
newer_suite_source() {
  # shellcheck source=/dev/null
  . /etc/os-release
  case " $ID ${ID_LIKE:-} " in
    *' ubuntu '*) suite=resolute component=universe keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
                  codename=${UBUNTU_CODENAME:-$VERSION_CODENAME} ;;
    *' debian '*) suite=trixie component=main keyring=/usr/share/keyrings/debian-archive-keyring.gpg
                  codename=${DEBIAN_CODENAME:-$VERSION_CODENAME} ;;
    *) echo "Expected Debian or Ubuntu, got $ID" >&2; return 1 ;;
  esac
  # The targets of a stock machine: its own suite, not -security, not -updates, nobody else's.
  # shellcheck disable=SC2016 # apt fills these in
  mirror=$(apt-get indextargets --format '$(CREATED_BY) $(COMPONENT) $(RELEASE) $(CODENAME) $(REPO_URI)' 2>/dev/null |
    awk -v name="$codename" '$1 == "Packages" && $2 == "main" && ($3 == name || $4 == name && $3 !~ /-/) { print $5; exit }')
  [ -n "$mirror" ] || { echo "Expected a mirror of $codename in apt's sources, got none" >&2; return 1; }
  [ -e "$keyring" ] || { echo "Expected the archive's key in $keyring, got none" >&2; return 1; }
  echo "deb [signed-by=$keyring] $mirror $suite main $component" | sed 's/ main main$/ main/'
}

# usage: unpack_newer WORK "PACKAGE…" ["OPTIONAL…"]   fetches the packages, unpacks all of them into WORK/files
unpack_newer() {
  newer_work=$1
  mkdir -p "$newer_work/lists/partial" "$newer_work/archives/partial" "$newer_work/debs" "$newer_work/files"
  : > "$newer_work/status"
  newer_suite_source > "$newer_work/sources.list"
  newer_apt update -qq
  for newer_package in $2; do (cd "$newer_work/debs" && newer_apt download -qq "$newer_package"); done
  for newer_package in ${3:-}; do (cd "$newer_work/debs" && newer_apt download -qq "$newer_package" 2>/dev/null) || true; done
  for newer_deb in "$newer_work"/debs/*.deb; do dpkg-deb -x "$newer_deb" "$newer_work/files"; done
}

# What is installed here plays no part, so a newer version from somewhere else is not preferred. apt's own sandbox user could
# not read a folder below somebody's home.
newer_apt() {
  apt-get -o "Dir::Etc::sourcelist=$newer_work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o "Dir::State::Lists=$newer_work/lists" -o "Dir::State::status=$newer_work/status" -o "Dir::Cache=$newer_work" -o "Dir::Cache::archives=$newer_work/archives" \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o APT::Get::List-Cleanup=false "$@"
}
