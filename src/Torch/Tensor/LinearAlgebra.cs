using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Products of vectors and matrices.
    public partial class Tensor
    {
        private static readonly Operator s_matmul = new("aten::matmul");
        private static readonly Operator s_mm = new("aten::mm");
        private static readonly Operator s_bmm = new("aten::bmm");
        private static readonly Operator s_mv = new("aten::mv");
        private static readonly Operator s_dot = new("aten::dot");
        private static readonly Operator s_vdot = new("aten::vdot");
        private static readonly Operator s_outer = new("aten::outer");
        private static readonly Operator s_ger = new("aten::ger");
        private static readonly Operator s_inner = new("aten::inner");
        private static readonly Operator s_kron = new("aten::kron");
        private static readonly Operator s_addmm = new("aten::addmm");
        private static readonly Operator s_addmmInPlace = new("aten::addmm_");
        private static readonly Operator s_addmv = new("aten::addmv");
        private static readonly Operator s_addbmm = new("aten::addbmm");
        private static readonly Operator s_baddbmm = new("aten::baddbmm");
        private static readonly Operator s_addr = new("aten::addr");
        private static readonly Operator s_inverse = new("aten::inverse");
        private static readonly Operator s_det = new("aten::det");

        public Tensor matmul(Tensor target) => s_matmul.Call(this, target);

        public Tensor mm(Tensor target) => s_mm.Call(this, target);

        public Tensor bmm(Tensor batch2) => s_bmm.Call(this, batch2);

        public Tensor mv(Tensor target) => s_mv.Call(this, target);

        public Tensor dot(Tensor target) => s_dot.Call(this, target);

        public Tensor vdot(Tensor target) => s_vdot.Call(this, target);

        public Tensor outer(Tensor vec2) => s_outer.Call(this, vec2);

        public Tensor ger(Tensor vec2) => s_ger.Call(this, vec2);

        public Tensor inner(Tensor vec2) => s_inner.Call(this, vec2);

        public Tensor kron(Tensor other) => s_kron.Call(this, other);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            s_addmm.Call(this, mat1, mat2, beta, alpha);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            s_addmmInPlace.CallInPlace(this, this, mat1, mat2, beta, alpha);

        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            s_addmv.Call(this, mat, vec, beta, alpha);

        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            s_addbmm.Call(this, batch1, batch2, beta, alpha);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            s_baddbmm.Call(this, batch1, batch2, beta, alpha);

        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) =>
            s_addr.Call(this, vec1, vec2, beta, alpha);

        public Tensor inverse() => s_inverse.Call(this);

        public Tensor det() => s_det.Call(this);
    }
}
