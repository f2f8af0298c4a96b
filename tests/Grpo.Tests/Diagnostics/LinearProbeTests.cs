using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Grpo.Tests.Diagnostics;

public sealed class LinearProbeTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Corners of a square of side 8, noise of deviation 0.5. Two opposite ones are red, between green and blue on the other diagonal: x - y is
    // -8, 0 or 8 with a deviation of 0.7.
    [Fact]
    public void What_lies_apart_is_read_off_without_a_mistake()
    {
        string[] colors = ["red", "green", "blue", "red"];
        int[] corners = [.. Enumerable.Range(0, 400).Select(i => i * 7 % 4)];
        Tensor features = Normal(1, 400, 5) * 0.5;
        features.narrow(1, 2, 2).add_(tensor(corners.SelectMany(c => new[] { c % 2 * 8.0, c / 2 * 8.0 }).ToArray()).view(400, 2));

        ProbeResult found = LinearProbe.Of(features, [.. corners.Select(c => colors[c])], seed: 3);

        Assert.Equal((1.0, 1.0, 300, 100, 3), (found.Accuracy, found.TrainAccuracy, found.Train, found.Test, found.Classes));
        Assert.Equal(0.5, found.Majority, 0.1);
        Assert.Equal(found, LinearProbe.Of(features, [.. corners.Select(c => colors[c])], seed: 3));
        Assert.NotEqual(found.Majority, LinearProbe.Of(features, [.. corners.Select(c => colors[c])], seed: 5).Majority);
        Assert.Equal(found, LinearProbe.Of((features * 1e-3 + 50).to(ScalarType.Float32), [.. corners.Select(c => colors[c])], seed: 3));
    }

    // 4,000 labels of 4 thrown apart from 10 features: 1,000 test rows have a share of 1/4, deviation .0137.
    [Fact]
    public void What_is_not_there_is_not_read_off()
    {
        ProbeResult found = LinearProbe.Of(Normal(2, 4000, 10), Labels(3, 4000, 4));

        Assert.Equal(0.25, found.Accuracy, 0.045);
        Assert.Equal(0.25, found.Majority, 0.045);
        Assert.InRange(found.TrainAccuracy, 0.25, 0.33);
    }

    // 60 rows of 200 features fit any labels; what is tested is at chance, or right where one feature gives it away by a deviation of 4.
    [Fact]
    public void More_features_than_rows_are_held_by_the_penalty()
    {
        Tensor features = Normal(4, 80, 200);
        int[] labels = Labels(5, 80, 2);

        ProbeResult noise = LinearProbe.Of(features, labels);
        ProbeResult held = LinearProbe.Of(features, labels, ridge: 1e4);
        features.narrow(1, 7, 1).add_(tensor(labels.Select(label => label * 16.0).ToArray()).unsqueeze(1));
        ProbeResult found = LinearProbe.Of(features, labels, ridge: 1);

        Assert.Equal(1, noise.TrainAccuracy);
        Assert.InRange(noise.Accuracy, 0.1, 0.9);
        Assert.True(held.TrainAccuracy < 1);
        Assert.True(found.Accuracy > noise.Accuracy);
    }

    // One feature of +-1 and two labels that agree with it: weights w and -w, and no constant. The slope of the mean cross-entropy,
    // sigmoid(2 w) - 1, is that of the penalty at the optimum: 1 - sigmoid(2 w) = ridge w.
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.01)]
    public void The_fit_ends_where_the_penalty_balances_the_loss(double ridge)
    {
        Tensor features = tensor(new double[,] { { 1, 1 }, { -1, 1 }, { 1, 1 }, { -1, 1 } });
        Tensor oneHot = tensor(new double[,] { { 1, 0 }, { 0, 1 }, { 1, 0 }, { 0, 1 } });

        double[] weights = [.. LinearProbe.Fit(features, oneHot, ridge).data<double>()];       // w, -w, 0, 0

        Assert.Equal(ridge * weights[0], 1 - (1 / (1 + Math.Exp(-2 * weights[0]))), 1e-3 * ridge);
        Assert.Equal([-weights[0], 0, 0], weights[1..], (x, y) => Math.Abs(x - y) < 1e-9);
    }

    // A class in the middle of a line: one step, which is regression to one-hot labels, gives it no row at all.
    [Fact]
    public void A_class_between_two_others_is_seen()
    {
        double[] place = [.. Enumerable.Range(0, 90).Select(i => (i % 3) - 1 + (0.1 * Math.Sin(i)))];
        int[] labels = [.. Enumerable.Range(0, 90).Select(i => i % 3)];

        Assert.Equal(1, LinearProbe.Of(tensor(place).unsqueeze(1), labels).Accuracy);
    }

    // Right are 2 and -3. The most frequent label of the training rows is the first of equals, "a", which one row of four has.
    [Fact]
    public void Labels_that_were_never_seen_are_wrong_and_a_feature_that_never_varies_is_harmless()
    {
        Tensor train = tensor(new double[,] { { 1, 7 }, { -1, 7 }, { 1, 7 }, { -1, 7 } });
        Tensor test = tensor(new double[,] { { 2, 7 }, { -3, 7 }, { 4, 7 }, { 5, 7 } });

        ProbeResult found = LinearProbe.Of(train, ["a", "b", "a", "b"], test, ["a", "b", "c", "b"]);

        Assert.Equal(new ProbeResult(0.5, 1, 0.25, 4, 4, 2), found);
    }

    [Fact]
    public void What_are_no_rows_with_labels_is_refused()
    {
        static string Refused(Func<ProbeResult> work) => Assert.Throws<ArgumentException>(() => work()).Message;
        Tensor two = ones(2, 3);

        Assert.StartsWith("features [2, 3] must be [3, D]", Refused(() => LinearProbe.Of(two, [1, 2, 3])), StringComparison.Ordinal);
        Assert.StartsWith("features [6] must be [6, D]", Refused(() => LinearProbe.Of(two.flatten(), [1, 2, 3, 4, 5, 6])), StringComparison.Ordinal);
        Assert.StartsWith("a test share of 0.1 leaves 2 of 2", Refused(() => LinearProbe.Of(two, [1, 2], testShare: 0.1)), StringComparison.Ordinal);
        Assert.StartsWith("a feature is not finite", Refused(() => LinearProbe.Of(two / 0, [1, 2])), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => LinearProbe.Of(two, [1, 2], two, [1, 2], ridge: 0));
    }

    private static int[] Labels(long seed, int count, int classes)
    {
        var random = new RandomStream(seed, "labels");
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(classes))];
    }

    private static Tensor Normal(long seed, params long[] shape)
    {
        var random = new RandomStream(seed, "features");
        return tensor([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ =>
            Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))]).view(shape);
    }
}
