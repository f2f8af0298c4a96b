// The C face of libtorch's operator dispatcher: what src/Torch calls. Every function that can fail returns a negative number
// (or null) and leaves its message in vt_last_error of the calling thread.
#pragma once
#include <cstdint>

#if defined(_WIN32)
#define VT_API extern "C" __declspec(dllexport)
#else
#define VT_API extern "C" __attribute__((visibility("default")))
#endif

// What a vt_value holds. Lists point to memory of the caller that outlives the call.
enum vt_tag : int32_t {
    VT_DEFAULT = -1,        // argument: take the schema's default
    VT_NONE = 0,
    VT_TENSOR = 1,          // p: TensorImpl*
    VT_INT = 2,             // i
    VT_DOUBLE = 3,          // d
    VT_BOOL = 4,            // i
    VT_INT_LIST = 5,        // p: int64_t[count]
    VT_DOUBLE_LIST = 6,     // p: double[count]
    VT_TENSOR_LIST = 7,     // p: TensorImpl*[count]; null stands for an absent tensor where the schema allows it
    VT_STRING = 8,          // p: UTF-8, count bytes
    VT_BOOL_LIST = 9,       // p: int64_t[count]
    VT_GENERATOR = 10,      // p: at::Generator*
    VT_DEVICE = 11,         // i: type << 8 | (index & 0xff), index 0xff for "current"
};

struct vt_value {
    int32_t tag;
    int32_t count;
    union {
        int64_t i;
        double d;
        void* p;
    };
};
