using TorchSharp;

namespace Vlm.Grpo.Tests.Representation;

/// <summary>Alignment of modalities and importance of features: the numbers of the specification, and slopes.</summary>
public sealed class AlignmentLossTests : IDisposable
{
    private static readonly double[] s_features =
        [0.3, -1.2, 0.7, 1.1, 0.4, -0.6, -0.2, 0.9, 1.3, 0.5, 0.1, -0.8, 1.4, -0.3, 0.2, -1.0, 0.6, 0.8];
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // Length is divided out: 2 z is as similar as z.
    [Fact]
    public void Modalities_that_say_the_same_have_no_similarity_loss()
    {
        torch.Tensor one = Doubles([1, 2, 3, -1, 0.5, 2], 2, 1, 3);

        Assert.Equal(0, AlignmentLoss.Similarity(Input(torch.cat([one, 2 * one], 1))).item<double>(), 1e-15);
    }

    // Orthogonal unit vectors are sqrt(2) apart, opposite ones 2: (2 + 4) / 2.
    [Fact]
    public void The_similarity_loss_is_the_mean_squared_distance_of_unit_vectors()
    {
        torch.Tensor features = Doubles([1, 0, 0, 5, 3, 0, -2, 0], 2, 2, 2);

        Assert.Equal(3, AlignmentLoss.Similarity(Input(features)).item<double>(), 1e-12);
    }

    // Both steps (1, 0): distance 0 in all pairs, margin^2. (1, 0) and (0, 1): sqrt(2) apart, nothing below 1.4142.
    [Theory]
    [InlineData(1, 1, 0, 1)]
    [InlineData(0.5, 1, 0, 0.25)]
    [InlineData(1, 0, 1, 0)]
    [InlineData(1.5, 0, 1, 0.00735931288071484)]    // (1.5 - 1.41421356)^2
    public void Steps_are_told_apart_up_to_the_margin(double margin, double x, double y, double expected)
    {
        torch.Tensor features = Doubles([1, 0, 1, 0, x, y, x, y], 2, 2, 2);

        Assert.Equal(expected, AlignmentLoss.Discrimination(Input(features) with { Margin = margin }).item<double>(), 1e-12);
    }

    // Three equal steps: at a gap of 1 all six pairs count, at 2 the first and the last, at 3 none.
    [Theory]
    [InlineData(1, 6)]
    [InlineData(2, 2)]
    [InlineData(3, 0)]
    public void Steps_nearer_than_the_gap_are_not_compared(int gap, int pairs)
    {
        torch.Tensor apart = AlignmentInput.ApartBy(3, gap);
        AlignmentInput input = Input(Doubles([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0], 3, 2, 2)) with { Apart = apart };

        Assert.Equal(pairs, apart.sum().item<float>());
        Assert.Equal(pairs > 0 ? 1 : 0, AlignmentLoss.Discrimination(input).item<double>(), 1e-12);
    }

    [Fact]
    public void The_same_question_is_no_other_step() => Assert.Equal(
        [0, 1, 0, 1, 0, 1, 0, 1, 0], AlignmentInput.ApartByName(["a", "b", "a"]).flatten().data<float>().ToArray().Select(x => (int)x));

    // Step 1 has no image: its zeros count nowhere. The rest by hand: text of 0 and 1 are equal, margin^2; image 0 and text 1
    // are orthogonal, 0. Of the pairs (i0,t1), (t0,t1) and back, half of margin^2.
    [Fact]
    public void A_modality_that_a_step_has_not_counts_nowhere()
    {
        AlignmentInput input = Input(Doubles([1, 0, 0, 1, 0, 0, 0, 1], 2, 2, 2)) with { Present = Doubles([1, 1, 0, 1], 2, 2) };

        Assert.Equal(2, AlignmentLoss.Similarity(input).item<double>(), 1e-12);
        Assert.Equal(0.5, AlignmentLoss.Discrimination(input).item<double>(), 1e-12);
    }

    // Weights 3 and 1 on the modalities of both steps; (m, n) of the two steps has w_m w_n: 9, 3, 3, 1 of 16, and back.
    // Images are equal (margin^2 = 1), texts are opposite, images and texts orthogonal: 9 / 16.
    [Fact]
    public void Pairs_count_by_the_importance_of_both()
    {
        AlignmentInput input = Input(Doubles([1, 0, 0, 1, 1, 0, 0, -1], 2, 2, 2)) with { Weights = Doubles([3, 1, 3, 1], 2, 2) };

        Assert.Equal(9 / 16.0, AlignmentLoss.Discrimination(input).item<double>(), 1e-12);
    }

    // Two steps, images (1,0) and (0,1), texts the same, temperature 1: logits 1 and 0, log(1 + e^-1) both ways. Without the
    // second image, the first image is told from the second text, and the first text from nothing: half of it.
    [Fact]
    public void Info_nce_is_the_cross_entropy_both_ways()
    {
        AlignmentInput input = Input(Doubles([1, 0, 1, 0, 0, 1, 0, 1], 2, 2, 2)) with { Temperature = 1 };

        Assert.Equal(Math.Log(1 + Math.Exp(-1)), Of(AlignmentLoss.InfoNce, input), 1e-12);
        Assert.Equal(Math.Log(1 + Math.Exp(-10)), Of(AlignmentLoss.InfoNce, input with { Temperature = 0.1 }), 1e-12);
        Assert.Equal(0, Of(AlignmentLoss.InfoNce, input with { Apart = torch.zeros(2, 2) }), 1e-12);
        Assert.Equal(Math.Log(1 + Math.Exp(-1)) / 2,
            Of(AlignmentLoss.InfoNce, input with { Present = Doubles([1, 1, 0, 1], 2, 2) }), 1e-12);
    }

    // The same with both texts as the first image. From images: both texts are alike, log 2 in each step. From texts: log(1 + 1/e) and, for
    // the second, log(1 + e). Texts of weights 3 and 1, images of 1 and 3.
    [Fact]
    public void Info_nce_counts_steps_by_the_importance_of_what_asks()
    {
        AlignmentInput input = Input(Doubles([1, 0, 1, 0, 0, 1, 1, 0], 2, 2, 2)) with { Temperature = 1, Weights = Doubles([1, 3, 3, 1], 2, 2) };
        double texts = (3 * Math.Log(1 + Math.Exp(-1)) + Math.Log(1 + Math.E)) / 4;

        Assert.Equal((Math.Log(2) + texts) / 2, Of(AlignmentLoss.InfoNce, input), 1e-12);
    }

    [Theory]
    [InlineData(AlignmentLoss.Maie, true)]
    [InlineData(AlignmentLoss.Maie, false)]
    [InlineData(AlignmentLoss.InfoNce, true)]
    [InlineData(AlignmentLoss.InfoNce, false)]
    public void The_gradient_is_the_slope_of_the_value(string name, bool gradientThroughWeights)
    {
        torch.Tensor features = Doubles(s_features, 3, 2, 3).requires_grad_();
        torch.Tensor constant = Weigh(Doubles(s_features, 3, 2, 3));
        Value(features).backward();
        double[] gradient = [.. features.grad!.flatten().data<double>()];

        Assert.True(gradient.Max(Math.Abs) > 0.01);
        for (int i = 0; i < s_features.Length; i++)
        {
            double slope = (At(i, 1e-6) - At(i, -1e-6)) / 2e-6;
            Assert.Equal(slope, gradient[i], 1e-7);
        }

        double At(int i, double by)
        {
            double[] moved = [.. s_features];
            moved[i] += by;
            return Value(Doubles(moved, 3, 2, 3)).item<double>();
        }

        torch.Tensor Value(torch.Tensor at) => AlignmentLoss.Table[name].Compute(Input(at) with
        {
            Margin = 1.5,
            Temperature = 0.5,
            Weights = gradientThroughWeights ? Weigh(at) : constant,
            Present = Doubles([1, 1, 1, 1, 0, 1], 3, 2),
        });

        static torch.Tensor Weigh(torch.Tensor at) => FeatureImportance.Weights(
            at, Doubles([1, 1, 1, 1, 0, 1], 3, 2), Doubles([0.1, 0.2, -0.1, 0, 0.3, 0.1], 2, 3),
            Doubles([1, 2, 0.5, 1.5, 1, 0.7], 2, 3), 0.8, detached: false);
    }

    // Equal vectors are at distance 0, where a root has no slope: no NaN comes of it.
    [Fact]
    public void Equal_steps_have_a_finite_gradient()
    {
        torch.Tensor features = Doubles([1, 0, 0, 0, 1, 0, 0, 0], 2, 2, 2).requires_grad_();
        foreach (string name in AlignmentLoss.Table.Names)
            AlignmentLoss.Table[name].Compute(Input(features)).backward();

        Assert.True(features.grad!.isfinite().all().item<bool>());
    }

    // A deviation of 3 against 0: 2 e^3 / (e^3 + 1) and 2 / (e^3 + 1).
    [Fact]
    public void A_modality_three_deviations_off_has_nearly_all_the_weight()
    {
        torch.Tensor mean = Doubles([1, -2, 0.5, 4], 2, 2), variance = Doubles([4, 0.25, 1, 9], 2, 2);
        torch.Tensor features = Doubles([1 + (3 * 2), -2 - (3 * 0.5), 0.5, 4], 1, 2, 2);
        double[] weights = [.. FeatureImportance.Weights(features, Doubles([1, 1], 1, 2), mean, variance).flatten().data<double>()];

        Assert.Equal(1.9051, weights[0], 5e-5);
        Assert.Equal(0.0949, weights[1], 5e-5);
        Assert.Equal([2, 0], FeatureImportance.Weights(features, Doubles([1, 1], 1, 2), mean, variance, 0.01)
            .flatten().data<double>().ToArray().Select(x => Math.Round(x, 12)));
        Assert.Equal([1, 0], FeatureImportance.Weights(features, Doubles([1, 0], 1, 2), mean, variance).flatten().data<double>().ToArray());
        Assert.Equal([0, 0], FeatureImportance.Weights(features, Doubles([0, 0], 1, 2), mean, variance).flatten().data<double>().ToArray());
    }

    [Fact]
    public void No_gradient_passes_through_detached_weights()
    {
        torch.Tensor features = Doubles(s_features, 3, 2, 3).requires_grad_();
        torch.Tensor mean = Doubles([0, 0, 0, 0, 0, 0], 2, 3), variance = Doubles([1, 1, 1, 1, 1, 1], 2, 3);

        Assert.False(FeatureImportance.Weights(features, Doubles([1, 1, 1, 1, 1, 1], 3, 2), mean, variance).requires_grad);
        Assert.True(FeatureImportance.Weights(features, Doubles([1, 1, 1, 1, 1, 1], 3, 2), mean, variance, detached: false).requires_grad);
    }

    [Fact]
    public void A_fused_state_is_a_weighted_sum_or_both_side_by_side()
    {
        torch.Tensor features = Doubles([1, 2, 3, 4], 1, 2, 2), weights = Doubles([0.5, 1.5], 1, 2);

        Assert.Equal([5, 7], FeatureImportance.Fuse(features, weights).flatten().data<double>().ToArray());
        Assert.Equal([0.5, 1, 4.5, 6], FeatureImportance.Fuse(features, weights, concatenate: true).flatten().data<double>().ToArray());
    }

    // mu' = mu + 0.1 (x - mu), v' = 0.9 (v + 0.1 (x - mu)^2), from 0 and 1; step 2 has no image.
    [Fact]
    public void Running_statistics_equal_a_loop_by_hand()
    {
        double[] images = [2, -1, 0.5], texts = [1, 3, -2];
        using var moments = new FeatureMoments(1, torch.CPU, torch.ScalarType.Float64);
        moments.Add(Doubles([2, 1, -1, 3, 0.5, -2], 3, 2, 1), Doubles([1, 1, 0, 1, 1, 1], 3, 2), 0.1);

        (double mean, double variance) image = Loop([images[0], images[2]]), text = Loop(texts);
        Assert.Equal([image.mean, text.mean], moments.Mean.flatten().data<double>().ToArray(), Near);
        Assert.Equal([image.variance, text.variance], moments.Variance.flatten().data<double>().ToArray(), Near);

        static (double, double) Loop(double[] values)
        {
            (double mean, double variance) = (0, 1);
            foreach (double x in values)
            {
                double gap = x - mean;
                (mean, variance) = (mean + 0.1 * gap, 0.9 * (variance + 0.1 * gap * gap));
            }

            return (mean, variance);
        }

        static bool Near(double a, double b) => Math.Abs(a - b) < 1e-14;
    }

    // In the type of the run, under their names, of the width of the run.
    [Fact]
    public void Statistics_are_read_back_and_those_of_another_model_are_refused()
    {
        string folder = Directory.CreateTempSubdirectory("vlm-moments-").FullName;
        string file = Path.Combine(folder, "modality_moments.safetensors");
        using FeatureMoments written = new(4, torch.CPU, torch.ScalarType.Float64), read = new(4, torch.CPU), wider = new(5, torch.CPU);
        try
        {
            written.Add(Doubles([.. Enumerable.Range(0, 8).Select(i => i / 8.0)], 1, 2, 4), Doubles([1, 1], 1, 2), 0.5);
            written.Write(folder);
            read.Read(folder);
            Assert.Equal(written.Mean.flatten().data<double>().ToArray(), read.Mean.flatten().data<float>().ToArray().Select(x => (double)x));
            Assert.NotEqual(1, read.Variance[0, 3].item<float>());
            var error = Assert.Throws<UsageException>(() => wider.Read(folder));
            Assert.Equal(("the alignment needs 'mean' [2, 5], and the file has [2, 4]", file), (error.Message, error.Where));
            Assert.Equal(0, wider.Mean.abs().sum().item<float>());

            Vlm.Checkpoints.SafetensorsWriter.Write(file, [("mean", read.Mean)]);
            error = Assert.Throws<UsageException>(() => read.Read(folder));
            Assert.Equal("the alignment needs 'variance' [2, 4], and the file has none", error.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose() => _scope.Dispose();

    private static double Of(string name, AlignmentInput input) => AlignmentLoss.Table[name].Compute(input).item<double>();

    private static AlignmentInput Input(torch.Tensor features)
    {
        (long steps, long modalities) = (features.shape[0], features.shape[1]);
        return new(features, torch.ones(steps, modalities, dtype: torch.ScalarType.Float64), AlignmentInput.ApartBy((int)steps, 1));
    }

    private static torch.Tensor Doubles(double[] values, params long[] shape) => torch.tensor(values).reshape(shape);
}
