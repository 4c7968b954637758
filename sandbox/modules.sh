# Writes the names of the modules that Python can import besides its own, without running any of them.
find /usr/lib/python3/dist-packages /usr/local/lib/python3*/dist-packages /usr/local/lib/python3*/site-packages -maxdepth 1 -printf '%f\n' 2>/dev/null \
  | sed 's/\..*//' | sort -u > /opt/dynscan/modules
