using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Torch.Tests;

public class FunctionalTests
{
    private static readonly double[] s_three = [0.5, -1, 2];

    [Fact]
    public void Linear_multiplies_by_the_transpose_and_adds()
    {
        // rows (1, 2) and (3, 4) times columns (5, 6) and (7, 8): 17, 23; 39, 53; plus (100, 200).
        Assert.Equal(
            [117, 223, 139, 253],
            Values(F.linear(Matrix(2, 2, 1, 2, 3, 4), Matrix(2, 2, 5, 6, 7, 8), tensor((double[])[100, 200]))));
    }

    [Fact]
    public void Layer_norm_centres_and_scales()
    {
        // (1, 3, 8): mean 4, variance (9 + 1 + 16) / 3 = 26/3.
        double scale = 1 / Math.Sqrt(26.0 / 3 + 1e-5);
        Near([1 + 2 * -3 * scale, 1 + 2 * -1 * scale, 1 + 2 * 4 * scale],
            F.layer_norm(tensor((double[])[1, 3, 8]), [3], full(3, 2, float64), ones(3, dtype: float64)));
    }

    [Fact]
    public void Conv2d_slides_the_kernel()
    {
        // 3x3 of 1..9 by kernel (1, 10; 100, 1000): the upper left is 1 + 20 + 400 + 5000.
        Tensor image = arange(1, 10, dtype: float64).reshape(1, 1, 3, 3);
        Tensor kernel = tensor((double[])[1, 10, 100, 1000]).reshape(1, 1, 2, 2);

        Assert.Equal([5421, 6532, 8754, 9865], Values(F.conv2d(image, kernel)));
        Assert.Equal([5421], Values(F.conv2d(image, kernel, strides: [2, 2])));
        Assert.Equal([1, 3], F.conv2d(image, kernel, padding: [0, 1], strides: [2, 1], dilation: [2, 2]).shape[2..]);
    }

    [Fact]
    public void Activations_follow_their_formulas()
    {
        Near(s_three.Select(x => x / (1 + Math.Exp(-x))), F.silu(tensor(s_three)));
        Near(s_three.Select(x => Math.Max(x, 0)), F.relu(tensor(s_three)));
        Near(s_three.Select(Math.Tanh), F.tanh(tensor(s_three)));
        Near(s_three.Select(x => 1 / (1 + Math.Exp(-x))), F.sigmoid(tensor(s_three)));
        Near(s_three.Select(x => Math.Log(1 + Math.Exp(2 * x)) / 2), F.softplus(tensor(s_three), 2));
        Near(s_three.Select(x => -Math.Log(1 + Math.Exp(-x))), F.logsigmoid(tensor(s_three)));
        // x Phi(x) with the normal distribution function at 0.5, -1 and 2 from a table.
        Near([0.5 * 0.69146246127401, -0.15865525393146, 2 * 0.97724986805182], F.gelu(tensor(s_three)), 1e-13);
        Near(s_three.Select(x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
            Functional.GeluTanh(tensor(s_three)));
    }

    [Fact]
    public void In_place_forms_change_their_argument()
    {
        foreach (Func<Tensor, Tensor> change in (Func<Tensor, Tensor>[])[
            x => F.relu(x, true), x => F.silu(x, true), x => F.tanh(x, true), x => F.sigmoid(x, true),
            x => F.gelu(x, true), x => F.dropout(x, 0.99, true, true)])
        {
            Tensor x = tensor((double[])[-3, -2, -1, -0.5, -4, -5, -6, -7]);
            double before = x.sum().item<double>();
            Assert.Same(x, change(x));
            Assert.NotEqual(before, x.sum().item<double>());
        }
    }

    [Fact]
    public void Softmax_sums_to_one_and_its_logarithm_agrees()
    {
        double total = s_three.Sum(Math.Exp);
        Near(s_three.Select(x => Math.Exp(x) / total), F.softmax(tensor(s_three), 0));
        Near(s_three.Select(x => x - Math.Log(total)), F.log_softmax(tensor(s_three), -1));
        Assert.Equal(float32, F.softmax(tensor(s_three), 0, float32).dtype);
    }

    [Fact]
    public void Losses_follow_their_formulas()
    {
        Tensor input = tensor(s_three), target = tensor((double[])[1, 1.5, 2.25]);
        // differences -0.5, -2.5, -0.25: squares 0.25, 6.25, 0.0625; absolutes add up to 3.25.
        Near([6.5625 / 3], F.mse_loss(input, target));
        Near([3.25], F.l1_loss(input, target, nn.Reduction.Sum));
        // beta 0.5: 0.5 is not below it: |d| - 0.25 = 0.25, 2.25; 0.0625 / (2 * 0.5).
        Near([0.25, 2.25, 0.0625], F.smooth_l1_loss(input, target, nn.Reduction.None, 0.5));
        // delta 2: d^2 / 2 = 0.125, 2 (2.5 - 1) = 3, 0.03125.
        Near([0.125, 3, 0.03125], F.huber_loss(input, target, 2, nn.Reduction.None));
        // y log(1 + e^-x) * 3 + (1 - y) log(1 + e^x).
        Near([3 * Math.Log(1 + Math.Exp(-0.5)), Math.Log(1 + Math.Exp(-1)), 3 * Math.Log(1 + Math.Exp(-2))],
            F.binary_cross_entropy_with_logits(input, tensor((double[])[1, 0, 1]), reduction: nn.Reduction.None,
                pos_weights: tensor((double[])[3])));
        // exp(t) (t - x), then t (log t - x).
        Near([Math.E * 0.5, Math.Exp(1.5) * 2.5, Math.Exp(2.25) * 0.25],
            F.kl_div(input, target, reduction: nn.Reduction.None));
        Near([-0.5, 1.5 * (Math.Log(1.5) + 1), 2.25 * (Math.Log(2.25) - 2)],
            F.kl_div(input, target, log_target: false, reduction: nn.Reduction.None));
    }

    [Fact]
    public void Cross_entropy_leaves_the_ignored_class_out()
    {
        Tensor logits = Matrix(3, 2, 0, Math.Log(3), 5, 6, 0, Math.Log(4)), classes = tensor((long[])[1, -100, 0]);
        // probabilities 3/4 and 1/5.
        double[] losses = [Math.Log(4.0 / 3), Math.Log(5)];

        Near([losses.Sum() / 2], F.cross_entropy(logits, classes));
        Near([losses.Sum()], F.nll_loss(F.log_softmax(logits, 1), classes, reduction: nn.Reduction.Sum));
        Near([losses.Sum() / 2], F.cross_entropy(logits, tensor((long[])[1, 9, 0]), ignore_index: 9));
        // Smoothing 0.2 mixes in 0.1 of each class: 0.9 log 4/3 + 0.1 log 4.
        Near([0.9 * losses[0] + 0.1 * Math.Log(4)],
            F.cross_entropy(Matrix(1, 2, 0, Math.Log(3)), tensor((long[])[1]), label_smoothing: 0.2));
    }

    [Fact]
    public void Norms_and_cosines_by_hand()
    {
        Near([0.6, 0.8, 5.0 / 13, 12.0 / 13], F.normalize(Matrix(2, 2, 3, 4, 5, 12)));
        Near([(3 * 5 + 4 * 12) / 65.0], F.cosine_similarity(Matrix(1, 2, 3, 4), Matrix(1, 2, 5, 12)));
        Assert.Equal([0, 0], Values(F.normalize(zeros(1, 2, dtype: float64))));
    }

    [Fact]
    public void One_hot_pad_and_embedding_by_hand()
    {
        Assert.Equal([0L, 0, 1, 1, 0, 0], F.one_hot(tensor((long[])[2, 0])).data<long>().ToArray());
        Assert.Equal([2, 4], F.one_hot(tensor((long[])[2, 0]), 4).shape);
        Assert.Equal([7, 1, 2, 7, 7, 3, 4, 7], Values(F.pad(Matrix(2, 2, 1, 2, 3, 4), (1, 1), value: 7)));
        Assert.Equal([1, 1, 2], Values(F.pad(Matrix(1, 2, 1, 2), [1, 0], PaddingModes.Replicate)));
        Assert.Equal([3, 4, 1, 2], Values(Functional.Embedding(Matrix(2, 2, 1, 2, 3, 4), tensor((long[])[1, 0]))));
    }

    [Fact]
    public void Dropout_scales_what_it_keeps()
    {
        _ = manual_seed(3);
        double[] kept = Values(F.dropout(ones(1000, dtype: float64), 0.25));

        Assert.All(kept, value => Assert.True(value == 0 || value == 1 / 0.75));
        // 750 expected, deviation sqrt(1000 * 0.25 * 0.75) = 13.7: within five.
        Assert.InRange(kept.Count(value => value != 0), 681, 819);
        Assert.Equal(Values(ones(4, dtype: float64)), Values(F.dropout(ones(4, dtype: float64), 0.25, training: false)));
    }

    [Fact]
    public void Interpolation_repeats_or_mixes()
    {
        Tensor row = tensor((double[])[1, 3]).reshape(1, 1, 2);

        Assert.Equal([1, 1, 3, 3], Values(F.interpolate(row, [4])));
        Assert.Equal([1, 1.5, 2.5, 3], Values(F.interpolate(row, scale_factor: [2], mode: InterpolationMode.Linear)));
        Assert.Equal([1, 2, 3],
            Values(F.interpolate(row, [3], mode: InterpolationMode.Linear, align_corners: true)));
        // Corners aligned: the middle of a square of 1, 3, 5, 11 is their mean.
        Assert.Equal(5, Values(F.interpolate(tensor((double[])[1, 3, 5, 11]).reshape(1, 1, 2, 2), [3, 3],
            mode: InterpolationMode.Bilinear, align_corners: true))[4]);
        Assert.Throws<NotSupportedException>(() => F.interpolate(row, [4], mode: InterpolationMode.Trilinear));
    }

    [Fact]
    public void Pixels_are_shuffled_and_back()
    {
        Tensor x = arange(16, dtype: float64).reshape(1, 4, 2, 2);

        Assert.Equal([0, 4, 1, 5], Values(F.pixel_shuffle(x, 2))[..4]);
        Assert.Equal(Values(x), Values(F.pixel_unshuffle(F.pixel_shuffle(x, 2), 2)));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("boolean")]
    [InlineData("added")]
    [InlineData("causal")]
    public void Attention_equals_a_plain_loop(string mask)
    {
        const int L = 3, S = 4, D = 2;
        double[] q = Numbers(L * D, 1), k = Numbers(S * D, 2), v = Numbers(S * D, 3), bias = Numbers(L * S, 4);
        bool[] seen = [.. Enumerable.Range(0, L * S).Select(i => i % 3 != 1)];
        var expected = new double[L * D];
        for (int i = 0; i < L; i++)
        {
            double[] weights = new double[S];
            for (int j = 0; j < S; j++)
            {
                double score = (q[i * D] * k[j * D] + q[i * D + 1] * k[j * D + 1]) / Math.Sqrt(D);
                score += mask == "added" ? bias[i * S + j] : 0;
                bool open = mask == "boolean" ? seen[i * S + j] : mask != "causal" || j <= i;
                weights[j] = open ? Math.Exp(score) : 0;
            }
            for (int j = 0; j < S; j++)
                for (int d = 0; d < D; d++)
                    expected[i * D + d] += weights[j] / weights.Sum() * v[j * D + d];
        }

        Tensor? given = mask == "boolean" ? tensor(seen).reshape(L, S) : mask == "added" ? Matrix(L, S, bias) : null;
        Tensor query = Matrix(L, D, q), key = Matrix(S, D, k), value = Matrix(S, D, v);

        Near(expected, F.scaled_dot_product_attention(query, key, value, given, is_casual: mask == "causal"));
        Near(expected, F.ComposedAttention(query, key, value, given, 0, mask == "causal"));
    }

    [Fact]
    public void Attention_takes_no_mask_when_causal() => Assert.Throws<ArgumentException>(
        () => F.ComposedAttention(ones(2, 2), ones(2, 2), ones(2, 2), ones(2, 2), 0, causal: true));

    public static TheoryData<string> Differentiable => [.. s_cases.Keys];

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_cases = new()
    {
        ["linear"] = x => F.linear(x, Matrix(2, 4, Numbers(8, 5)), tensor(Numbers(2, 6))),
        ["linear weight"] = x => F.linear(Matrix(2, 4, Numbers(8, 5)), x),
        ["layer_norm"] = x => F.layer_norm(x, [4], tensor(Numbers(4, 5))),
        ["conv2d"] = x => F.conv2d(x.reshape(1, 1, 3, 4), tensor(Numbers(4, 5)).reshape(1, 1, 2, 2)),
        ["gelu"] = x => F.gelu(x),
        ["gelu tanh"] = Functional.GeluTanh,
        ["silu"] = x => F.silu(x),
        ["softmax"] = x => F.softmax(x, 1),
        ["log_softmax"] = x => F.log_softmax(x, 1),
        ["cross_entropy"] = x => F.cross_entropy(x, tensor((long[])[1, 3, 0]), label_smoothing: 0.1),
        ["nll_loss"] = x => F.nll_loss(x, tensor((long[])[1, 3, 0])),
        ["mse_loss"] = x => F.mse_loss(x, Matrix(3, 4, Numbers(12, 5))),
        ["l1_loss"] = x => F.l1_loss(x, Matrix(3, 4, Numbers(12, 5))),
        ["smooth_l1_loss"] = x => F.smooth_l1_loss(x, Matrix(3, 4, Numbers(12, 5)), beta: 0.4),
        ["binary_cross_entropy_with_logits"] = x =>
            F.binary_cross_entropy_with_logits(x, full_like(x, 0.3)),
        ["kl_div"] = x => F.kl_div(x, Matrix(3, 4, Numbers(12, 5))),
        ["normalize"] = x => F.normalize(x),
        ["cosine_similarity"] = x => F.cosine_similarity(x, Matrix(3, 4, Numbers(12, 5))),
        ["attention"] = x => F.scaled_dot_product_attention(x, x, x, is_casual: true),
        ["embedding"] = x => Functional.Embedding(x, tensor((long[])[2, 0, 2])),
        ["interpolate"] = x => F.interpolate(x.reshape(1, 1, 3, 4), [5, 5], mode: InterpolationMode.Bilinear),
        ["pad"] = x => F.pad(x, (2, -1)),
    };

    [Theory]
    [MemberData(nameof(Differentiable))]
    public void Gradients_equal_finite_differences(string name)
    {
        // Central differences err by h^2 f'''/6 and by rounding e / h: 1e-5 gives 1e-10 and 1e-11 times values near 1.
        const double h = 1e-5;
        double[] at = Numbers(12, 1);
        double Loss(double[] values) => Total(Matrix(3, 4, values)).item<double>();
        Tensor Total(Tensor x)
        {
            Tensor y = s_cases[name](x);
            return (y * tensor(Numbers((int)y.numel(), 9)).reshape(y.shape)).sum();
        }
        Tensor x = Matrix(3, 4, at).requires_grad_();
        Total(x).backward();
        double[] gradient = Values(x.grad!);

        Assert.Contains(gradient, value => Math.Abs(value) > 1e-3);
        for (int i = 0; i < at.Length; i++)
        {
            double[] up = [.. at], down = [.. at];
            up[i] += h;
            down[i] -= h;
            Assert.Equal((Loss(up) - Loss(down)) / (2 * h), gradient[i], 1e-8);
        }
    }

    [Fact]
    public void A_padding_row_gets_no_gradient()
    {
        using Embedding table = nn.Embedding(3, 2, padding_idx: -1, dtype: float64);

        table.call(tensor((long[])[2, 0, 0])).sum().backward();

        Assert.Equal([2, 2, 0, 0, 0, 0], Values(table.weight.grad!));
        Assert.Equal([0, 0], Values(table.weight)[4..]);
    }

    private static Tensor Matrix(int rows, int columns, params double[] values) => tensor(values).reshape(rows, columns);

    private static double[] Values(Tensor tensor) => tensor.detach().contiguous().data<double>().ToArray();

    private static void Near(IEnumerable<double> expected, Tensor actual, double tolerance = 1e-14) =>
        Assert.All(expected.Zip(Values(actual), (one, two) => (one, two)).Append((expected.Count(), Values(actual).Length)),
            pair => Assert.Equal(pair.one, pair.two, tolerance));

    private static double[] Numbers(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => Math.Sin(1 + i * 1.7 + seed * 12.9))];
}
