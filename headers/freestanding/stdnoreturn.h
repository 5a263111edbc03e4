/* Functions that do not come back. */
#ifndef __eightbyte_stdnoreturn
#define __eightbyte_stdnoreturn
#define noreturn _Noreturn
#endif
