/* What follows from the header: tables of the structs, and the plain calls. */
#include "native.h"

#include "generated.inc"
