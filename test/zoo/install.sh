#!/bin/sh
# Installs libraries (NAME==VERSION) into /env, a virtual environment that also sees what the image has. Each by itself: what cannot be had is
# told in /out/NAME/unmade.txt, and costs the others nothing. Wheels alone, as what has to be built runs its author's code with a network.
export LC_ALL=C.UTF-8 PIP_DISABLE_PIP_VERSION_CHECK=1
install() { # python -I: nothing of the working folder is imported.
  /env/bin/python -I -m pip install --only-binary :all: --no-cache-dir --no-input --no-color --no-compile --progress-bar off \
    --constraint /tmp/constraints.txt "$@"
}

test -e /env/bin/python || python3 -I -m venv --without-pip --system-site-packages /env || exit 1
test -e /env/bin/pip || /env/bin/python -I $(echo /usr/share/python-wheels/pip-*.whl)/pip install --quiet --no-cache-dir --ignore-installed pip || exit 1
cp /env/constraints.txt /tmp/constraints.txt
install -r /env/base.txt || exit 1
for library; do
  name=${library%%==*}
  # pip calls a version that it cannot have and that is asked for twice a conflict.
  grep -v "^$name==" /env/constraints.txt >/tmp/constraints.txt
  # With what else it needs, where its own list of that lacks something.
  # shellcheck disable=SC2086
  install $library >"/out/$name/pip.log" 2>&1 || mv "/out/$name/pip.log" "/out/$name/unmade.txt"
  rm -f "/out/$name/pip.log"
done
exit 0
