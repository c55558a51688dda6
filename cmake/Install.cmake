# See Install below.
