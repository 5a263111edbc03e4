/* Sizes, the null pointer, and where a member stands. A C library may ask for single types (__need_size_t). */
#if !defined __need_size_t && !defined __need_ptrdiff_t && !defined __need_wchar_t && !defined __need_wint_t \
    && !defined __need_NULL
# define __eightbyte_all_of_stddef
# define __need_size_t
# define __need_ptrdiff_t
# define __need_wchar_t
# define __need_NULL
#endif

#if defined __need_ptrdiff_t && !defined __eightbyte_ptrdiff_t
# define __eightbyte_ptrdiff_t
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#endif
#if defined __need_size_t && !defined __eightbyte_size_t
# define __eightbyte_size_t
typedef __SIZE_TYPE__ size_t;
#endif
#if defined __need_wchar_t && !defined __eightbyte_wchar_t
# define __eightbyte_wchar_t
typedef __WCHAR_TYPE__ wchar_t;
#endif
#if defined __need_wint_t && !defined __eightbyte_wint_t
# define __eightbyte_wint_t
typedef __WINT_TYPE__ wint_t;
#endif
#ifdef __need_NULL
# undef NULL
# define NULL ((void *)0)
#endif

#if defined __eightbyte_all_of_stddef && !defined __eightbyte_stddef
# define __eightbyte_stddef
# define offsetof(type, member) __builtin_offsetof(type, member)
typedef struct {
    long long __largest_integer __attribute__((__aligned__(__alignof__(long long))));
    long double __largest_number __attribute__((__aligned__(__alignof__(long double))));
} max_align_t;
#endif

#undef __eightbyte_all_of_stddef
#undef __need_size_t
#undef __need_ptrdiff_t
#undef __need_wchar_t
#undef __need_wint_t
#undef __need_NULL
