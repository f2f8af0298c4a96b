using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorLinearAlgebraTests
{
    // A = 1 2   B = 5 6   AB = 19 22
    //     3 4       7 8        43 50
    private static readonly double[] s_product = [19, 22, 43, 50];

    private static Tensor A => tensor((double[])[1, 2, 3, 4], [2, 2]);

    private static Tensor B => tensor((double[])[5, 6, 7, 8], [2, 2]);

    [Fact]
    public void Matrices_multiply()
    {
        foreach (Tensor product in new[]
        {
            A.matmul(B), matmul(A, B), A.mm(B), mm(A, B), einsum("ij,jk->ik", A, B),
            A.unsqueeze(0).bmm(B.unsqueeze(0))[0], bmm(A.unsqueeze(0), B.unsqueeze(0))[0],
        })
            Expect.Numbers(product, [2, 2], s_product);
        Expect.Row(A.mv(tensor((double[])[1, -1])), -1, -1);
        Expect.Row(mv(A, tensor((double[])[1, -1])), -1, -1);
        Expect.Numbers(stack([A, B]).matmul(B)[1], [2, 2], [67, 78, 91, 106]);   // B B
    }

    // beta C + alpha A B with beta 2, alpha 3 and C of ones: 2 + 57, 2 + 66, 2 + 129, 2 + 150
    [Fact]
    public void Products_are_scaled_and_added()
    {
        using Tensor c = ones(2, 2, TorchSharp.torch.ScalarType.Float64);
        double[] expected = [59, 68, 131, 152];
        Expect.Numbers(c.addmm(A, B, 2, 3), [2, 2], expected);
        Expect.Numbers(addmm(c, A, B, 2, 3), [2, 2], expected);
        Expect.Numbers(c.clone().addmm_(A, B, 2, 3), [2, 2], expected);
        Expect.Numbers(c.unsqueeze(0).baddbmm(A.unsqueeze(0), B.unsqueeze(0), 2, 3)[0], [2, 2], expected);
        Expect.Numbers(baddbmm(c.unsqueeze(0), A.unsqueeze(0), B.unsqueeze(0), 2, 3)[0], [2, 2], expected);
        Expect.Numbers(c.addbmm(stack([A, A]), stack([B, B]), 2, 3), [2, 2], [116, 134, 260, 302]);
        using Tensor v = tensor((double[])[1, -1]);
        Expect.Row(v.addmv(A, v, 2, 3), 2 - 3, -2 - 3);
        Expect.Numbers(c.addr(v, v, 2, 3), [2, 2], [5, -1, -1, 5]);
    }

    [Fact]
    public void Vectors_multiply()
    {
        using Tensor v = tensor((double[])[1, 2]), w = tensor((double[])[3, 5]);
        foreach (Tensor dot in new[] { v.dot(w), dot(v, w), v.vdot(w), v.inner(w), v.matmul(w) })
            Expect.Number(13, dot);
        foreach (Tensor outer in new[] { v.outer(w), outer(v, w), v.ger(w), v.unsqueeze(1).kron(w.unsqueeze(0)) })
            Expect.Numbers(outer, [2, 2], [3, 5, 6, 10]);
    }

    // det A = 4 - 6; inverse = -2 1 / 1.5 -0.5
    [Fact]
    public void Systems_are_solved_and_matrices_inverted()
    {
        double[] inverse = [-2, 1, 1.5, -0.5];
        Expect.Numbers(A.inverse(), [2, 2], inverse, 1e-14);
        Expect.Numbers(linalg.inv(A), [2, 2], inverse, 1e-14);
        Expect.Number(-2, A.det(), 1e-14);
        Expect.Number(-2, linalg.det(A), 1e-14);
        Expect.Numbers(linalg.solve(A, A.matmul(B)), [2, 2], [5, 6, 7, 8], 1e-13);
    }

    [Fact]
    public void Decompositions_multiply_back()
    {
        using Tensor positive = A.matmul(A.t());                          // 5 11 / 11 25
        using Tensor lower = linalg.cholesky(positive);
        Expect.Numbers(lower.matmul(lower.t()), [2, 2], [5, 11, 11, 25], 1e-13);
        Expect.Number(0, lower[0, 1]);
        (Tensor q, Tensor r) = linalg.qr(A);
        Expect.Numbers(q.matmul(r), [2, 2], [1, 2, 3, 4], 1e-14);
        Expect.Numbers(q.t().matmul(q), [2, 2], [1, 0, 0, 1], 1e-14);
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(A);
        Expect.Numbers(u.matmul(s.diag()).matmul(vh), [2, 2], [1, 2, 3, 4], 1e-14);
        (Tensor values, Tensor vectors) = linalg.eigh(positive);
        Expect.Numbers(vectors.matmul(values.diag()).matmul(vectors.t()), [2, 2], [5, 11, 11, 25], 1e-13);
    }
}
