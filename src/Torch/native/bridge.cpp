// Operators by name, boxed: one look-up and one call reach all of libtorch's operators, in every version.
#include "bridge.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <memory>
#include <string>
#include <vector>

#include "handles.h"

namespace {

// An operator as the caller holds it: looked up once, kept for the life of the process.
struct Operator {
    c10::OperatorHandle handle;
    std::vector<c10::Argument> arguments;
};

const c10::TypePtr& without_optional(const c10::TypePtr& type) {
    return type->kind() == c10::TypeKind::OptionalType
        ? type->castRaw<c10::OptionalType>()->getElementType() : type;
}

bool wants_double(const c10::TypePtr& type) { return without_optional(type)->kind() == c10::TypeKind::FloatType; }

// A single number where the schema takes a list ("int[1] dim") stands for a list of one.
bool wants_list(const c10::TypePtr& type) { return without_optional(type)->kind() == c10::TypeKind::ListType; }

bool wants_optional_elements(const c10::TypePtr& type) {
    auto& list = without_optional(type);
    return list->kind() == c10::TypeKind::ListType &&
           list->castRaw<c10::ListType>()->getElementType()->kind() == c10::TypeKind::OptionalType;
}

c10::IValue tensor_list(const vt_value& value, const c10::TypePtr& type) {
    auto items = static_cast<void**>(value.p);
    if (wants_optional_elements(type)) {
        c10::List<vt::optional<at::Tensor>> list;
        list.reserve(value.count);
        for (int i = 0; i < value.count; i++)
            list.push_back(items[i] ? vt::optional<at::Tensor>(vt::borrow(items[i])) : vt::optional<at::Tensor>());
        return list;
    }
    c10::List<at::Tensor> list;
    list.reserve(value.count);
    for (int i = 0; i < value.count; i++)
        list.push_back(vt::borrow(items[i]));
    return list;
}

template <typename T, typename From>
c10::IValue number_list(const vt_value& value) {
    auto items = static_cast<From*>(value.p);
    c10::List<T> list;
    list.reserve(value.count);
    for (int i = 0; i < value.count; i++)
        list.push_back(static_cast<T>(items[i]));
    return list;
}

c10::IValue to_ivalue(const vt_value& value, const c10::Argument& argument) {
    switch (value.tag) {
        case VT_DEFAULT:
            TORCH_CHECK(argument.default_value().has_value(), "argument '", argument.name(), "' has no default");
            return *argument.default_value();
        case VT_NONE: return c10::IValue();
        case VT_TENSOR: return vt::borrow(value.p);
        case VT_INT:
            if (wants_double(argument.type())) return static_cast<double>(value.i);
            if (wants_list(argument.type())) return c10::List<int64_t>({value.i});
            return value.i;
        case VT_DOUBLE: return value.d;
        case VT_BOOL: return value.i != 0;
        case VT_INT_LIST: return number_list<int64_t, int64_t>(value);
        case VT_DOUBLE_LIST: return number_list<double, double>(value);
        case VT_BOOL_LIST: return number_list<bool, int64_t>(value);
        case VT_TENSOR_LIST: return tensor_list(value, argument.type());
        case VT_STRING: return std::string(static_cast<const char*>(value.p), value.count);
        case VT_GENERATOR: return *static_cast<at::Generator*>(value.p);
        case VT_DEVICE: return vt::device(value.i);
        default: TORCH_CHECK(false, "unknown tag ", value.tag, " for argument '", argument.name(), "'");
    }
}

vt_value tensors_out(const c10::IValue& result) {
    auto list = result.toTensorVector();
    auto handles = std::make_unique<void*[]>(list.size());
    for (size_t i = 0; i < list.size(); i++)
        handles[i] = vt::hand_out(std::move(list[i]));
    vt_value out{VT_TENSOR_LIST, static_cast<int32_t>(list.size()), {0}};
    out.p = handles.release();
    return out;
}

vt_value from_ivalue(c10::IValue&& result) {
    vt_value out{VT_NONE, 0, {0}};
    if (result.isTensor()) {
        out.tag = VT_TENSOR;
        out.p = vt::hand_out(std::move(result).toTensor());
    } else if (result.isTensorList()) {
        out = tensors_out(result);
    } else if (result.isInt()) {
        out.tag = VT_INT;
        out.i = result.toInt();
    } else if (result.isDouble()) {
        out.tag = VT_DOUBLE;
        out.d = result.toDouble();
    } else if (result.isBool()) {
        out.tag = VT_BOOL;
        out.i = result.toBool();
    } else {
        TORCH_CHECK(result.isNone(), "a result of type ", result.tagKind(), " cannot be handed out");
    }
    return out;
}

}  // namespace

VT_API const char* vt_last_error() { return vt::last_error.c_str(); }

// The operator's handle, or null where this libtorch has none of that name and overload.
VT_API void* vt_find(const char* name, const char* overload) {
    return vt::guarded([&]() -> void* {
        auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
        if (!handle) {
            vt::last_error = std::string("this libtorch has no operator ") + name + (*overload ? "." : "") + overload;
            return nullptr;
        }
        return new Operator{*handle, handle->schema().arguments()};
    }, static_cast<void*>(nullptr));
}

// Writes the operator's schema, cut to the space; returns its full length.
VT_API int vt_schema(void* op, char* text, int space) {
    return vt::guarded([&] {
        auto schema = c10::toString(static_cast<Operator*>(op)->handle.schema());
        snprintf(text, space, "%s", schema.c_str());
        return static_cast<int>(schema.size());
    }, -1);
}

// Calls the operator; arguments that are left out take the schema's defaults. Returns how many results were written.
VT_API int vt_call(void* op, const vt_value* arguments, int count, vt_value* results, int space) {
    return vt::guarded([&] {
        auto& self = *static_cast<Operator*>(op);
        TORCH_CHECK(count <= static_cast<int>(self.arguments.size()), count, " arguments given, the operator takes ",
                    self.arguments.size());
        std::vector<c10::IValue> stack;
        stack.reserve(self.arguments.size());
        const vt_value absent{VT_DEFAULT, 0, {0}};
        for (size_t i = 0; i < self.arguments.size(); i++)
            stack.push_back(to_ivalue(static_cast<int>(i) < count ? arguments[i] : absent, self.arguments[i]));

        self.handle.callBoxed(&stack);

        TORCH_CHECK(static_cast<int>(stack.size()) <= space, stack.size(), " results, room for ", space);
        for (size_t i = 0; i < stack.size(); i++)
            results[i] = from_ivalue(std::move(stack[i]));
        return static_cast<int>(stack.size());
    }, -1);
}

// Frees the array of a VT_TENSOR_LIST result; the tensors in it belong to the caller.
VT_API void vt_free_list(void* list) { delete[] static_cast<void**>(list); }
