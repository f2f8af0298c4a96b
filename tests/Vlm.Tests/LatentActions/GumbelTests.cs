using Vlm.LatentActions;
using static TorchSharp.torch;
using static Vlm.Tests.LatentActions.LatentToy;

namespace Vlm.Tests.LatentActions;

/// <summary>
/// Draws that gradients pass through, and the codebook behind them. T1 to T4 of the method's test plan.
/// </summary>
public class GumbelTests
{
    private static readonly double[] s_logits = [1, 0, -1], s_probs = [0.665241, 0.244728, 0.090031];

    // (z + g) / 2 = [0.55, 0.25, -0.6]; exp = 1.733253, 1.284025, 0.548812; sum 3.566090; y = [.486037, .360065,
    // .153897]
    // <y, v> = .145811 - .252045 + .169287 = .063053; dL/dz = y (v - .063053) / 2
    [Fact]
    public void A_draw_is_one_hot_in_value_and_soft_in_gradient()
    {
        Tensor logits = tensor(s_logits).requires_grad_(), noise = tensor(new double[] { 0.1, 0.5, -0.2 });

        Tensor drawn = GumbelSoftmax.StraightThrough(logits, noise, temperature: 2);
        (drawn * tensor(new double[] { 0.3, -0.7, 1.1 })).sum().backward();

        Near([1, 0, 0], drawn, 1e-7);
        Near([0.0575827, -0.1373744, 0.0797917], logits.grad!, 1e-7);
        Assert.Equal(0, Number(logits.grad!.sum()), 1e-12);
    }

    // 3 sigma of a share p over 1e5 draws is 3 sqrt(p (1 - p) / 1e5): .0045, .0041, .0027. A Gumbel number's mean is
    // .5772
    // and its variance pi^2 / 6; the share of rows is the same at any tau, the gradient is y (v - <y, v>) / tau at
    // that tau.
    [Theory]
    [InlineData(0.5)]
    [InlineData(2)]
    [InlineData(50)]
    public void What_is_drawn_follows_softmax_at_any_temperature_and_only_the_gradient_scales(double temperature)
    {
        const int Draws = 100_000;
        Tensor logits = tensor(s_logits).expand(Draws, 3).clone().requires_grad_();
        Tensor noise = GumbelSoftmax.Noise([Draws, 3], 11, CPU).to(ScalarType.Float64);
        Tensor v = tensor(new double[] { 0.3, -0.7, 1.1 });

        Tensor drawn = GumbelSoftmax.StraightThrough(logits, noise, temperature);
        (drawn * v).sum().backward();

        double[] shares = drawn.detach().mean([0L]).data<double>().ToArray();
        for (int k = 0; k < 3; k++)
            Assert.Equal(s_probs[k], shares[k], 3 * Math.Sqrt(s_probs[k] * (1 - s_probs[k]) / Draws));
        Tensor y = ((logits.detach() + noise) / temperature).softmax(-1);
        Tensor expected = y * (v - (y * v).sum(-1, keepdim: true)) / temperature;
        Assert.Equal(0, Number((logits.grad! - expected).abs().max()), 1e-12);
        Assert.True(Number(expected.abs().max()) > 1e-3);
    }

    [Fact]
    public void Noise_depends_on_its_seed_alone()
    {
        Tensor first = GumbelSoftmax.Noise([4, 5], 3, CPU);

        Assert.True(Same(first, GumbelSoftmax.Noise([4, 5], 3, CPU)));
        Assert.False(Same(first, GumbelSoftmax.Noise([4, 5], 4, CPU)));
    }

    [Fact]
    public void Only_the_drawn_column_of_the_codebook_learns_and_every_logit_does()
    {
        var codebook = new Codebook(5, codes: 3);
        Tensor logits = tensor(new float[] { 1, 0, -1 }).requires_grad_(), noise = tensor(new float[] { -2, 3, 0 });

        codebook.Mix(GumbelSoftmax.StraightThrough(logits, noise, 2)).square().sum().backward();

        Tensor columns = codebook.parameters().Single().grad!.abs().sum(dim: 0);  // [K]; 1 + -2, 0 + 3, -1
        Assert.Equal([0, 1, 0], columns.gt(1e-5).to(ScalarType.Int32).data<int>().ToArray());
        Assert.All(logits.grad!.data<float>().ToArray(), value => Assert.True(Math.Abs(value) > 1e-6));
    }

    [Fact]
    public void A_codes_vector_is_its_column()
    {
        var codebook = new Codebook(5, codes: 3);
        Tensor weight = codebook.parameters().Single(), codes = tensor(new long[] { 2, 0, 2, 1 }).view(2, 2);

        Tensor vectors = codebook.Of(codes);

        Assert.Equal([2, 2, 5], vectors.shape);
        for (int i = 0; i < 4; i++)
            Assert.True(Same(weight.select(1, codes.flatten()[i].item<long>()), vectors[i / 2, i % 2]));
        Assert.True(vectors.allclose(codebook.Mix(nn.functional.one_hot(codes, 3))));
    }

    // H = -(.665241 ln .665241 + .244728 ln .244728 + .090031 ln .090031) = .271157 + .344489 + .216750 = .832396
    [Fact]
    public void The_entropy_term_and_its_gradient_are_as_computed_by_hand()
    {
        Tensor logits = tensor(s_logits).unsqueeze(0).requires_grad_();

        Tensor term = 1e-3 * LatentLosses.NegativeEntropy(logits);
        term.backward();

        Assert.Equal(-8.32396e-4, Number(term), 1e-9);
        Near([2.82587e-4, -1.40770e-4, -1.41817e-4], logits.grad!, 1e-9);
    }

    [Fact]
    public void Even_codes_have_the_most_entropy_and_no_gradient()
    {
        Tensor logits = zeros(4, 7, dtype: ScalarType.Float64).requires_grad_();

        Tensor term = 1e-3 * LatentLosses.NegativeEntropy(logits);
        term.backward();

        Assert.Equal(-1e-3 * Math.Log(7), Number(term), 1e-9);
        Assert.Equal(0, Number(logits.grad!.abs().max()), 1e-12);
    }
}
