namespace TorchSharp;

public static partial class torch
{
    // Functions whose form differs from the method's.
    public static Tensor movedim(Tensor input, long source, long destination) =>
        input.movedim([source], [destination]);

    public static Tensor moveaxis(Tensor input, long source, long destination) =>
        input.movedim([source], [destination]);

    public static Tensor norm(Tensor input) => input.norm();

    public static bool is_tensor(object obj) => obj is Tensor;
}
