/* libm: the functions of <math.h>, <complex.h> and <fenv.h> on x86-64 Linux with glibc.
   Link name: m (libm.so.6). */

/* <math.h>: what fpclassify tells */
enum { FP_NAN, FP_INFINITE, FP_ZERO, FP_SUBNORMAL, FP_NORMAL };
enum { FP_ILOGB0 = -2147483647 - 1, FP_ILOGBNAN = -2147483647 - 1 };
enum { MATH_ERRNO = 1, MATH_ERREXCEPT = 2 };

typedef float float_t;
typedef double double_t;

/* Trigonometry: angles in radians */
double sin(double x);
double cos(double x);
double tan(double x);
double asin(double x);
double acos(double x);
double atan(double x);
double atan2(double y, double x);
void sincos(double x, double *sine, double *cosine);
double sinh(double x);
double cosh(double x);
double tanh(double x);
double asinh(double x);
double acosh(double x);
double atanh(double x);

/* Exponents, logarithms, powers, roots */
double exp(double x);
double exp2(double x);
double exp10(double x);
double expm1(double x);
double log(double x);
double log2(double x);
double log10(double x);
double log1p(double x);
double logb(double x);
int ilogb(double x);
double pow(double base, double exponent);
double sqrt(double x);
double cbrt(double x);
double hypot(double x, double y);
double ldexp(double x, int exponent);
double scalbn(double x, int exponent);
double scalbln(double x, long exponent);
double frexp(double x, int *exponent);
double modf(double x, double *whole);

/* To whole numbers */
double ceil(double x);
double floor(double x);
double trunc(double x);
double round(double x);
double roundeven(double x);
double rint(double x);
double nearbyint(double x);
long lround(double x);
long lrint(double x);
long long llround(double x);
long long llrint(double x);

/* Remainders, neighbours, signs, larger and smaller */
double fmod(double x, double y);
double remainder(double x, double y);
double remquo(double x, double y, int *quotient);
double nextafter(double x, double towards);
double nexttoward(double x, long double towards);
double copysign(double size, double sign);
double fabs(double x);
double fdim(double x, double y);
double fmax(double x, double y);
double fmin(double x, double y);
double fma(double x, double y, double addend);
double nan(const char *payload);

/* Special functions */
double erf(double x);
double erfc(double x);
double tgamma(double x);
double lgamma(double x);
double lgamma_r(double x, int *sign);
double j0(double x);
double j1(double x);
double jn(int order, double x);
double y0(double x);
double y1(double x);
double yn(int order, double x);

/* The sign of the gamma function, set by lgamma */
extern int signgam;

/* The same for float */
float sinf(float x);
float cosf(float x);
float tanf(float x);
float asinf(float x);
float acosf(float x);
float atanf(float x);
float atan2f(float y, float x);
void sincosf(float x, float *sine, float *cosine);
float sinhf(float x);
float coshf(float x);
float tanhf(float x);
float asinhf(float x);
float acoshf(float x);
float atanhf(float x);
float expf(float x);
float exp2f(float x);
float expm1f(float x);
float logf(float x);
float log2f(float x);
float log10f(float x);
float log1pf(float x);
float logbf(float x);
int ilogbf(float x);
float powf(float base, float exponent);
float sqrtf(float x);
float cbrtf(float x);
float hypotf(float x, float y);
float ldexpf(float x, int exponent);
float scalbnf(float x, int exponent);
float frexpf(float x, int *exponent);
float modff(float x, float *whole);
float ceilf(float x);
float floorf(float x);
float truncf(float x);
float roundf(float x);
float rintf(float x);
float nearbyintf(float x);
long lroundf(float x);
long lrintf(float x);
long long llroundf(float x);
long long llrintf(float x);
float fmodf(float x, float y);
float remainderf(float x, float y);
float remquof(float x, float y, int *quotient);
float nextafterf(float x, float towards);
float copysignf(float size, float sign);
float fabsf(float x);
float fdimf(float x, float y);
float fmaxf(float x, float y);
float fminf(float x, float y);
float fmaf(float x, float y, float addend);
float nanf(const char *payload);
float erff(float x);
float erfcf(float x);
float tgammaf(float x);
float lgammaf(float x);

/* The same for long double */
long double sinl(long double x);
long double cosl(long double x);
long double tanl(long double x);
long double asinl(long double x);
long double acosl(long double x);
long double atanl(long double x);
long double atan2l(long double y, long double x);
long double sinhl(long double x);
long double coshl(long double x);
long double tanhl(long double x);
long double asinhl(long double x);
long double acoshl(long double x);
long double atanhl(long double x);
long double expl(long double x);
long double exp2l(long double x);
long double expm1l(long double x);
long double logl(long double x);
long double log2l(long double x);
long double log10l(long double x);
long double log1pl(long double x);
long double logbl(long double x);
int ilogbl(long double x);
long double powl(long double base, long double exponent);
long double sqrtl(long double x);
long double cbrtl(long double x);
long double hypotl(long double x, long double y);
long double ldexpl(long double x, int exponent);
long double scalbnl(long double x, int exponent);
long double frexpl(long double x, int *exponent);
long double modfl(long double x, long double *whole);
long double ceill(long double x);
long double floorl(long double x);
long double truncl(long double x);
long double roundl(long double x);
long double rintl(long double x);
long double nearbyintl(long double x);
long lroundl(long double x);
long lrintl(long double x);
long long llroundl(long double x);
long long llrintl(long double x);
long double fmodl(long double x, long double y);
long double remainderl(long double x, long double y);
long double nextafterl(long double x, long double towards);
long double copysignl(long double size, long double sign);
long double fabsl(long double x);
long double fdiml(long double x, long double y);
long double fmaxl(long double x, long double y);
long double fminl(long double x, long double y);
long double fmal(long double x, long double y, long double addend);
long double erfl(long double x);
long double erfcl(long double x);
long double tgammal(long double x);
long double lgammal(long double x);

/* <complex.h> */
double cabs(double _Complex z);
double carg(double _Complex z);
double creal(double _Complex z);
double cimag(double _Complex z);
double _Complex conj(double _Complex z);
double _Complex cproj(double _Complex z);
double _Complex cexp(double _Complex z);
double _Complex clog(double _Complex z);
double _Complex cpow(double _Complex base, double _Complex exponent);
double _Complex csqrt(double _Complex z);
double _Complex csin(double _Complex z);
double _Complex ccos(double _Complex z);
double _Complex ctan(double _Complex z);
double _Complex casin(double _Complex z);
double _Complex cacos(double _Complex z);
double _Complex catan(double _Complex z);
double _Complex csinh(double _Complex z);
double _Complex ccosh(double _Complex z);
double _Complex ctanh(double _Complex z);
float cabsf(float _Complex z);
float cargf(float _Complex z);
float _Complex conjf(float _Complex z);
float _Complex cexpf(float _Complex z);
float _Complex clogf(float _Complex z);
float _Complex cpowf(float _Complex base, float _Complex exponent);
float _Complex csqrtf(float _Complex z);
long double cabsl(long double _Complex z);
long double _Complex csqrtl(long double _Complex z);

/* <fenv.h>: the processor's floating point state */
enum {
    FE_INVALID = 0x01,
    FE_DIVBYZERO = 0x04,
    FE_OVERFLOW = 0x08,
    FE_UNDERFLOW = 0x10,
    FE_INEXACT = 0x20,
    FE_ALL_EXCEPT = 0x3d
};
enum { FE_TONEAREST = 0, FE_DOWNWARD = 0x400, FE_UPWARD = 0x800, FE_TOWARDZERO = 0xc00 };
typedef unsigned short fexcept_t;
int feclearexcept(int exceptions);
int feraiseexcept(int exceptions);
int fetestexcept(int exceptions);
int fegetexceptflag(fexcept_t *flags, int exceptions);
int fesetexceptflag(const fexcept_t *flags, int exceptions);
int fegetround(void);
int fesetround(int direction);
