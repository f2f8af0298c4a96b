using TorchSharp;

namespace Vlm.Grpo;

/// <summary>What a linear classifier reads off features.</summary>
/// <param name="Accuracy">Share of the test rows that it labels right.</param>
/// <param name="TrainAccuracy">The same of the rows it was fitted to.</param>
/// <param name="Majority">
/// Share of the test rows that have the most frequent label of the training rows: the accuracy that needs no feature.
/// </param>
/// <param name="Train">Rows it was fitted to.</param>
/// <param name="Test">Rows it was tested on.</param>
/// <param name="Classes">Different labels of the training rows.</param>
public sealed record ProbeResult(double Accuracy, double TrainAccuracy, double Majority, int Train, int Test, int Classes);

/// <summary>A linear probe: multinomial logistic regression from features to labels. Moves no weight of the model.</summary>
/// <remarks>
/// <code>
/// minimise   mean cross-entropy of softmax(X W) + ridge / 2 |W|^2          X standardised, with a column of ones that ridge spares
/// W         &lt;- W - B^-1 gradient(W),                                       B = X'X / 2N + ridge
/// </code>
/// Alain and Bengio 2016, arXiv:1610.01644. B is never below the Hessian (Böhning 1992, https://doi.org/10.1007/BF00048682), so each step
/// lowers the loss without a rate to choose, and one factorisation serves all steps: the same numbers every time. The first step is ridge
/// regression to one-hot labels; it alone would never see a class whose features lie between those of others.
/// </remarks>
public static class LinearProbe
{
    /// <summary>The default weight of the penalty, for standardised features.</summary>
    public const double Ridge = 0.01;

    /// <summary>Steps of the fit.</summary>
    public const int Steps = 200;

    /// <summary>Splits rows at random, fits the probe to one part and tests it on the other.</summary>
    /// <remarks>Rows that share what the label is asked of, as several of one picture, need the other overload and a split by it.</remarks>
    /// <param name="features">[N, D] any float type, on any device; finite.</param>
    /// <param name="labels">N labels.</param>
    /// <param name="seed">Names the split.</param>
    /// <param name="testShare">Share of the rows that are tested, above 0 and below 1.</param>
    /// <param name="ridge">Weight of the penalty, above 0.</param>
    /// <exception cref="ArgumentException">Shapes that do not fit, a part without rows, or a feature that is not finite.</exception>
    public static ProbeResult Of<T>(
        torch.Tensor features, IReadOnlyList<T> labels, long seed = 0, double testShare = 0.25, double ridge = Ridge) where T : notnull
    {
        Check(features, labels, nameof(features));
        long[] rows = [.. Enumerable.Range(0, labels.Count).Select(i => (long)i)];
        new RandomStream(seed, "linear-probe").Shuffle(rows.AsSpan());
        int test = (int)Math.Round(testShare * rows.Length);
        if (test <= 0 || test >= rows.Length)
            throw new ArgumentException(FormattableString.Invariant(
                $"a test share of {testShare} leaves {rows.Length - test} of {rows.Length} rows to fit"), nameof(testShare));
        using DisposeScope scope = torch.NewDisposeScope();
        return Of(Part(rows[test..]), Labels(rows[test..]), Part(rows[..test]), Labels(rows[..test]), ridge);

        torch.Tensor Part(long[] some) => features.index_select(0, torch.tensor(some).to(features.device));
        T[] Labels(long[] some) => [.. some.Select(row => labels[(int)row])];
    }

    /// <summary>Fits the probe to some rows and tests it on others.</summary>
    /// <param name="train">[N, D] any float type, on any device; finite.</param>
    /// <param name="trainLabels">N labels.</param>
    /// <param name="test">[M, D] on the same device.</param>
    /// <param name="testLabels">M labels; one that no training row has counts as wrong.</param>
    /// <param name="ridge">Weight of the penalty, above 0: with more features than rows it alone decides among fits.</param>
    /// <exception cref="ArgumentException">Shapes that do not fit, no rows, or a feature that is not finite.</exception>
    public static ProbeResult Of<T>(
        torch.Tensor train, IReadOnlyList<T> trainLabels, torch.Tensor test, IReadOnlyList<T> testLabels, double ridge = Ridge)
        where T : notnull
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ridge);
        Check(train, trainLabels, nameof(train));
        Check(test, testLabels, nameof(test));
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        Dictionary<T, long> classes = trainLabels.Distinct().Index().ToDictionary(item => item.Item, item => (long)item.Index);
        Func<torch.Tensor, torch.Tensor> scaled = Standardised(train);
        (torch.Tensor x, torch.Tensor y) = (scaled(train), Numbers(trainLabels));
        torch.Tensor weights = Fit(x, torch.nn.functional.one_hot(y, classes.Count).to(torch.ScalarType.Float64), ridge);
        torch.Tensor right = torch.stack([Right(scaled(test), Numbers(testLabels)), Right(x, y)]).cpu();
        T most = trainLabels.CountBy(label => label).MaxBy(pair => pair.Value).Key;
        return new(right[0].item<double>(), right[1].item<double>(),
            (double)testLabels.Count(label => label.Equals(most)) / testLabels.Count, trainLabels.Count, testLabels.Count, classes.Count);

        torch.Tensor Numbers(IReadOnlyList<T> labels) =>
            torch.tensor(labels.Select(label => classes.GetValueOrDefault(label, -1)).ToArray()).to(train.device);
        torch.Tensor Right(torch.Tensor rows, torch.Tensor wanted) =>
            rows.matmul(weights).argmax(-1).eq(wanted).to(torch.ScalarType.Float64).mean();
    }

    /// <summary>[N, D + 1] features with a column of ones, [N, C] one-hot labels -> [D + 1, C] weights.</summary>
    internal static torch.Tensor Fit(torch.Tensor x, torch.Tensor oneHot, double ridge)
    {
        (long rows, long width) = (x.shape[0], x.shape[1]);
        torch.Tensor penalty = torch.full(width, ridge, dtype: torch.ScalarType.Float64, device: x.device);
        penalty[-1] = 0;
        torch.Tensor bound = x.transpose(0, 1).matmul(x) / (2 * rows) + torch.diag(penalty);        // [D + 1, D + 1]
        torch.Tensor inverse = torch.linalg.inv(bound);
        torch.Tensor weights = torch.zeros(width, oneHot.shape[1], dtype: torch.ScalarType.Float64, device: x.device);
        for (int step = 0; step < Steps; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor slope = x.transpose(0, 1).matmul(x.matmul(weights).softmax(-1) - oneHot) / rows + penalty.unsqueeze(1) * weights;
            weights.sub_(inverse.matmul(slope));
        }

        return weights;
    }

    // By the means and deviations of the rows that the probe is fitted to; a feature that never varies there stays 0 there.
    private static Func<torch.Tensor, torch.Tensor> Standardised(torch.Tensor train)
    {
        torch.Tensor rows = train.detach().to(torch.ScalarType.Float64);
        torch.Tensor mean = rows.mean([0], keepdim: true), deviation = (rows - mean).square().mean([0], keepdim: true).sqrt();   // [1, D]
        torch.Tensor by = torch.where(deviation.eq(0), torch.ones_like(deviation), deviation);
        return x => torch.cat([(x.detach().to(torch.ScalarType.Float64) - mean) / by,
            torch.ones(x.shape[0], 1, dtype: torch.ScalarType.Float64, device: x.device)], 1);
    }

    private static void Check<T>(torch.Tensor features, IReadOnlyList<T> labels, string name)
    {
        if (features.dim() != 2 || features.shape[0] != labels.Count || labels.Count == 0)
            throw new ArgumentException($"features {Shapes.Show(features)} must be [{labels.Count}, D], one row for each label", name);
        using DisposeScope scope = torch.NewDisposeScope();
        if (!features.isfinite().all().item<bool>())
            throw new ArgumentException("a feature is not finite", name);
    }
}
