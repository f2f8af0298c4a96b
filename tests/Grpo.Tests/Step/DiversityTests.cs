using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Grpo.Tests.Step;

public sealed class DiversityTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Two groups of three. Cosines of (1, 0), (3, 4) / 5 and (0, 2) / 2, whatever the lengths:
    //   group 1:  a b = 0.6   a c = 0     b c = 0.8      sum 1.4
    //   group 2:  (2, 0) (4, 0) (0, 7): 1, 0, 0          sum 1.0
    //   mean 2.4 / 6 pairs = 0.4, diversity 2.5. The mean of the groups' own inverses would be (3 / 1.4 + 3) / 2 = 2.57.
    //   Across groups (1, 0) (2, 0) would count too.
    // Different answers: 3, and "yes" twice with "no" 2, so 2.5.
    [Fact]
    public void Cosines_are_averaged_within_groups_before_they_are_inverted()
    {
        DiversityReport report = Diversity.Of(
            ["a", "b", "c", "yes", " yes\n", "no"],
            Rows([1, 0], [3, 4], [0, 2], [2, 0], [4, 0], [0, 7]), 3);

        Assert.Equal(0.4, report.MeanCosine, 1e-12);
        Assert.Equal(2.5, report.Value, 1e-12);
        Assert.Equal(2.5, report.DistinctAnswers, 1e-12);
    }

    // Group 1: two empty answers and (5, 0): 1 + 0 + 0. Group 2: (1, 0) (-1, 0) and an empty one: -1 + 0 + 0.
    // Group 3: (1, 0) (1, 0) (3, 4): 1 + 0.6 + 0.6. Sum 1 - 1 + 2.2 over 9 pairs.
    [Fact]
    public void An_empty_answer_is_like_an_empty_one_and_at_right_angles_to_others()
    {
        DiversityReport report = Diversity.Of(
            ["", " ", "yes", "left", "right", "", "b", "b", "a"],
            Rows([0, 0], [0, 0], [5, 0], [1, 0], [-1, 0], [0, 0], [1, 0], [1, 0], [3, 4]), 3);

        Assert.Equal(2.2 / 9, report.MeanCosine, 1e-12);
        Assert.Equal(9 / 2.2, report.Value, 1e-9);
        Assert.Equal((2 + 3 + 2) / 3.0, report.DistinctAnswers, 1e-12);
    }

    [Theory]
    [InlineData(0, 0)]          // at right angles: cosine 0
    [InlineData(-1, -1)]        // opposite
    public void Where_answers_have_nothing_in_common_there_is_no_number(float x, double cosine)
    {
        DiversityReport report = Diversity.Of(["a", "b"], Rows([1, 0], [x, 1 + x]), 2);

        Assert.Equal(cosine, report.MeanCosine, 1e-12);
        Assert.Equal(double.NaN, report.Value);
    }

    [Fact]
    public void What_is_no_batch_of_groups_is_refused_with_its_numbers()
    {
        Tensor two = Rows([1, 0], [0, 1]);

        Assert.StartsWith("a group of 1 has no pairs", Refused(["a", "b"], two, 1), StringComparison.Ordinal);
        Assert.StartsWith("2 answers are no groups of 3", Refused(["a", "b"], two, 3), StringComparison.Ordinal);
        Assert.StartsWith("0 answers are no groups of 2", Refused([], two, 2), StringComparison.Ordinal);
        Assert.StartsWith("vectors [2, 2] must be [4, H]", Refused(["a", "b", "c", "d"], two, 2), StringComparison.Ordinal);
        Assert.StartsWith("vector 1 has length 0 for the answer \"b\"",
            Refused(["a", "b"], Rows([1, 0], [0, 0]), 2), StringComparison.Ordinal);
        Assert.StartsWith("vector 0 has length 1 for the answer \"\"", Refused([" ", "b"], two, 2), StringComparison.Ordinal);
        Assert.StartsWith("vector 1 has length NaN",
            Refused(["a", "b"], Rows([1, 0], [float.NaN, 0]), 2), StringComparison.Ordinal);
    }

    private static string Refused(string[] texts, Tensor vectors, int groupSize) =>
        Assert.Throws<ArgumentException>(() => Diversity.Of(texts, vectors, groupSize)).Message;

    private static Tensor Rows(params float[][] rows) =>
        tensor(rows.SelectMany(row => row).ToArray()).view(rows.Length, -1);
}
