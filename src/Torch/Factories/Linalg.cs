using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Norms, inverses and decompositions.</summary>
    public static partial class linalg
    {
        private static readonly Operator s_vectorNorm = new("aten::linalg_vector_norm");
        private static readonly Operator s_norm = new("aten::linalg_norm");
        private static readonly Operator s_inv = new("aten::linalg_inv");
        private static readonly Operator s_solve = new("aten::linalg_solve");
        private static readonly Operator s_cholesky = new("aten::linalg_cholesky");
        private static readonly Operator s_qr = new("aten::linalg_qr");
        private static readonly Operator s_svd = new("aten::linalg_svd");
        private static readonly Operator s_eigh = new("aten::linalg_eigh");
        private static readonly Operator s_det = new("aten::linalg_det");

        /// <summary>How much of a QR decomposition is made.</summary>
        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }

        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) =>
            s_vectorNorm.Call(input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) =>
            s_norm.Call(input, Argument.None, dims, keepdim);

        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            s_norm.Call(input, ord, dims, keepdim);

        public static Tensor inv(Tensor input) => s_inv.Call(input);

        public static Tensor det(Tensor input) => s_det.Call(input);

        /// <summary>X in A X = B; with left false, in X A = B.</summary>
        public static Tensor solve(Tensor A, Tensor B, bool left = true) => s_solve.Call(A, B, left);

        public static Tensor cholesky(Tensor input) => s_cholesky.Call(input);

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced) =>
            s_qr.CallPair(input, mode == QRMode.R ? "r" : mode.ToString().ToLowerInvariant());

        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) =>
            s_svd.CallTriple(input, fullMatrices);

        public static (Tensor eigenvalues, Tensor eigenvectors) eigh(Tensor input, char UPLO = 'L') =>
            s_eigh.CallPair(input, UPLO.ToString());
    }
}
