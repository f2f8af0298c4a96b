using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator s_detach = new("aten::detach");
        private static readonly Operator s_add = new("aten::add", "Tensor");

        public Tensor detach() => s_detach.Call(this);

        public Tensor add(Tensor target) => s_add.Call(this, target);

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
    }
}
