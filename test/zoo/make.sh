#!/bin/sh
# Has each of the libraries that install.sh put into /env save its models, each in a process of its own; what fails is told in
# /out/NAME/unmade.txt.
for name; do
  test -e "/out/$name/unmade.txt" && continue
  /env/bin/python -B /test/make_models.py zoo "$name" "/out/$name" >"/out/$name/unmade.txt" 2>&1 </dev/null && rm -f "/out/$name/unmade.txt"
done
exit 0
