// Gradients and the modes that switch them.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <vector>

#include "bridge.h"
#include "handles.h"

namespace {

// Null entries become undefined tensors: "a gradient of ones" or "no gradient".
std::vector<at::Tensor> tensors(void** handles, int count) {
    std::vector<at::Tensor> result(count);
    for (int i = 0; i < count; i++)
        if (handles[i]) result[i] = vt::borrow(handles[i]);
    return result;
}

}  // namespace

VT_API int vt_requires_grad(void* handle) { return vt::impl(handle)->requires_grad(); }

VT_API int vt_set_requires_grad(void* handle, int on) {
    return vt::guarded([&] {
        vt::borrow(handle).requires_grad_(on != 0);
        return 0;
    }, -1);
}

VT_API int vt_is_leaf(void* handle) {
    return vt::guarded([&] { return static_cast<int>(vt::borrow(handle).is_leaf()); }, -1);
}

VT_API int vt_retain_grad(void* handle) {
    return vt::guarded([&] {
        vt::borrow(handle).retain_grad();
        return 0;
    }, -1);
}

// The accumulated gradient, or null where there is none.
VT_API void* vt_grad(void* handle) {
    return vt::guarded([&]() -> void* {
        auto tensor = vt::borrow(handle);
        auto& grad = tensor.mutable_grad();
        return grad.defined() ? vt::hand_out(grad) : nullptr;
    }, static_cast<void*>(nullptr));
}

VT_API int vt_set_grad(void* handle, void* grad) {
    return vt::guarded([&] {
        vt::borrow(handle).mutable_grad() = grad ? vt::borrow(grad) : at::Tensor();
        return 0;
    }, -1);
}

VT_API int vt_backward(void** roots, void** grads, int count, int retain, int create, void** inputs, int input_count) {
    return vt::guarded([&] {
        torch::autograd::backward(tensors(roots, count), grads ? tensors(grads, count) : std::vector<at::Tensor>(),
                                  retain != 0, create != 0, tensors(inputs, input_count));
        return 0;
    }, -1);
}

// Writes one gradient for each input; null where it is unused and that is allowed.
VT_API int vt_gradients(void** roots, void** grads, int count, void** inputs, int input_count, int retain, int create,
                        int allow_unused, void** results) {
    return vt::guarded([&] {
        auto found = torch::autograd::grad(tensors(roots, count), tensors(inputs, input_count),
                                           grads ? tensors(grads, count) : std::vector<at::Tensor>(), retain != 0,
                                           create != 0, allow_unused != 0);
        for (int i = 0; i < input_count; i++)
            results[i] = found[i].defined() ? vt::hand_out(found[i]) : nullptr;
        return 0;
    }, -1);
}

VT_API int vt_grad_enabled() { return c10::GradMode::is_enabled(); }

VT_API void vt_set_grad_enabled(int on) { c10::GradMode::set_enabled(on != 0); }

// Inference mode lasts from this call to vt_inference_leave on the same thread, innermost first.
VT_API void* vt_inference_enter(int on) { return new c10::InferenceMode(on != 0); }

VT_API void vt_inference_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

VT_API int vt_inference_enabled() { return c10::InferenceMode::is_enabled(); }
