using Vlm.LatentActions;
using static TorchSharp.torch;
using static Vlm.Tests.LatentActions.LatentToy;

namespace Vlm.Tests.LatentActions;

/// <summary>A codebook has collapsed when steps in a row together used a single code.</summary>
public class CodeWindowTests
{
    // Step by step of three codes; the window is of three steps.
    //   5 0 0 | 4 0 0 | 7 0 0 | 0 6 0 | 0 2 0 | 0 1 0
    //   not full yet      1       2       2       1 code
    [Fact]
    public void One_code_over_all_steps_of_the_window_is_a_collapse()
    {
        long[][] steps = [[5, 0, 0], [4, 0, 0], [7, 0, 0], [0, 6, 0], [0, 2, 0], [0, 1, 0]];
        var window = new CodeWindow(3);

        var found = new List<bool>();
        foreach (long[] step in steps)
            found.Add((window = window.Add(step)).Collapsed);

        Assert.Equal([false, false, true, false, false, true], found);
        Assert.Equal((1, 1), (window.Usage.Used, window.Usage.MostFrequentCode));
    }

    // Each step alone uses one code, the three together all of them: 2, 3 and 5 times of 10.
    [Fact]
    public void Steps_of_one_code_each_are_none_where_the_codes_differ()
    {
        CodeWindow window = new CodeWindow(3).Add([2, 0, 0]).Add([0, 3, 0]).Add([0, 0, 5]);

        Assert.False(window.Collapsed);
        Assert.Equal((3, 0.5, 2), (window.Usage.Used, window.Usage.MostFrequentShare, window.Usage.MostFrequentCode));
        Assert.Equal(-(0.2 * Math.Log(0.2) + 0.3 * Math.Log(0.3) + 0.5 * Math.Log(0.5)), window.Usage.Entropy, 1e-12);
    }

    [Fact]
    public void Adding_leaves_the_window_as_it_was()
    {
        CodeWindow one = new CodeWindow(2).Add([4, 0]);
        CodeWindow same = one.Add([3, 0]), other = one.Add([0, 3]);

        Assert.Equal((false, true, false), (one.Collapsed, same.Collapsed, other.Collapsed));
        Assert.Throws<InvalidOperationException>(() => new CodeWindow(2).Usage);
    }

    // Columns are codes, rows positions: the largest are 2, 0, 2, 2.
    [Fact]
    public void Counts_are_of_the_most_probable_codes()
    {
        Tensor logits = tensor(new float[] { 0, 1, 5, 2, 3, 1, 2, 0, -3, -2, -1, -4, 1, 6, 7, 5 }).view(4, 4);

        Assert.Equal([1L, 0, 3, 0], LatentLosses.CodeCounts(logits).data<long>().ToArray());
    }

    // Rows of 7 and 9 tokens with an image: what counts is wherever the next token is a label.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Stages_of_the_codebook_count_the_codes_of_pairs_where_a_label_follows(bool joint)
    {
        var (model, modules) = Create();
        LatentRows paired = Paired(model);
        LatentParts parts = joint
            ? LatentStages.Joint(modules, model, paired, TextAlone(model), new(), Noise()).Parts
            : LatentStages.Inverse(modules, model, paired, new(), Noise()).Parts;

        Tensor codes = StageCodes.InverseLogits(modules, paired.WithImage!, paired.Lengths).argmax(-1);
        var counts = new long[Codes];
        for (int row = 0; row < 2; row++)
            for (int t = 9 - paired.Lengths[row]; t < 9 - 1; t++)
                if (paired.Labels[row, t + 1].item<long>() != LatentLosses.Ignored)
                    counts[codes[row, t].item<long>()]++;

        Assert.True(counts.Count(each => each > 0) > 1, "all positions have one code, which tells little");
        Assert.Equal(counts, parts.CodeCounts!.data<long>().ToArray());
        Assert.DoesNotContain(parts.Named(), part => part.Value.numel() != 1);
    }
}
