// A tensor's life, its metadata and its memory.
#include <ATen/ATen.h>

#include "bridge.h"
#include "handles.h"

VT_API void vt_release(void* handle) {
    vt::live.fetch_sub(1, std::memory_order_relaxed);
    c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(vt::impl(handle));
}

// A second reference to the same tensor.
VT_API void* vt_alias(void* handle) {
    return vt::guarded([&]() -> void* { return vt::hand_out(vt::borrow(handle)); }, static_cast<void*>(nullptr));
}

VT_API int64_t vt_live() { return vt::live.load(); }

VT_API int vt_dim(void* handle) { return static_cast<int>(vt::impl(handle)->dim()); }

VT_API int64_t vt_numel(void* handle) { return vt::impl(handle)->numel(); }

VT_API int64_t vt_size(void* handle, int dim) { return vt::impl(handle)->sizes()[dim]; }

VT_API void vt_sizes(void* handle, int64_t* out) {
    for (auto size : vt::impl(handle)->sizes()) *out++ = size;
}

VT_API int vt_strides(void* handle, int64_t* out) {
    return vt::guarded([&] {
        for (auto stride : vt::impl(handle)->strides()) *out++ = stride;
        return 0;
    }, -1);
}

VT_API int64_t vt_storage_offset(void* handle) { return vt::impl(handle)->storage_offset(); }

VT_API int vt_dtype(void* handle) { return static_cast<int>(c10::typeMetaToScalarType(vt::impl(handle)->dtype())); }

VT_API int vt_device(void* handle) {
    auto device = vt::impl(handle)->device();
    return static_cast<int>(device.type()) << 8 | (device.index() & 0xff);
}

VT_API int vt_is_contiguous(void* handle) { return vt::impl(handle)->is_contiguous(); }

VT_API int vt_is_sparse(void* handle) { return vt::impl(handle)->is_sparse(); }

// The tensor's memory; null with a message where it has none the caller could read.
VT_API void* vt_data(void* handle) {
    return vt::guarded([&]() -> void* { return vt::borrow(handle).data_ptr(); }, static_cast<void*>(nullptr));
}

// A tensor over memory of the caller, who is told through `free(context)` when the last reference is gone.
VT_API void* vt_from_blob(void* data, const int64_t* sizes, int dims, int dtype, void (*free)(void*), void* context) {
    return vt::guarded([&]() -> void* {
        auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype));
        auto deleter = [free, context](void*) { if (free) free(context); };
        return vt::hand_out(at::from_blob(data, at::IntArrayRef(sizes, dims), deleter, options));
    }, static_cast<void*>(nullptr));
}

// Points one tensor at another's memory and metadata, as assigning `.data` does; gradient history stays as it is.
VT_API int vt_set_data(void* handle, void* source) {
    return vt::guarded([&] {
        vt::borrow(handle).set_data(vt::borrow(source));
        return 0;
    }, -1);
}

// Writes what libtorch prints for the tensor, cut to the space; returns its full length.
VT_API int vt_text(void* handle, char* text, int space) {
    return vt::guarded([&] {
        std::ostringstream stream;
        stream << vt::borrow(handle);
        auto string = stream.str();
        snprintf(text, space, "%s", string.c_str());
        return static_cast<int>(string.size());
    }, -1);
}
