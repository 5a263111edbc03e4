/* Alignment by its names. */
#ifndef __eightbyte_stdalign
#define __eightbyte_stdalign
#define alignas _Alignas
#define alignof _Alignof
#define __alignas_is_defined 1
#define __alignof_is_defined 1
#endif
