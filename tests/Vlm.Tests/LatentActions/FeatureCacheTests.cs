using System.Reflection;
using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Tests.Generation;
using Vlm.Tests.Models;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

public sealed class FeatureCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string File => Path.Combine(_folder, "states.safetensors");

    public static TheoryData<string> Folders() => FamilyTests.Folders();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // In passes of one, what is read back is what the base computes, bit for bit.
    [Theory]
    [MemberData(nameof(Folders))]
    public void States_come_back_as_the_base_computed_them(string folder)
    {
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = TinyLatent.Family(folder);
        Prompt[] sequences = Sequences(vlm);
        using FeatureCache cache = Written(vlm.Model, sequences, batch: 1);

        Assert.Equal(5, cache.Count);
        foreach ((int i, Prompt sequence) in sequences.Index())
        {
            bool paired = sequence.Pixels is not null;
            LatentRows made = LatentRows.Read(vlm.Model, [sequence], [], paired ? LatentViews.Both : LatentViews.TextOnly), read = cache.Rows([i], [], CPU);
            Assert.Equal(made.Lengths, read.Lengths);
            SameBits(made.Labels, read.Labels);
            SameBits(made.TextOnly!, read.TextOnly!);
            Assert.Equal(paired, read.WithImage is not null);
            if (paired)
                SameBits(made.WithImage!, read.WithImage!);
        }
    }

    // Five sequences of different lengths, written in passes of 2, 2 and 1, read in another order, one of them twice.
    // Sums over other padding differ in their last bits: 1e-5 is some hundred of those at states around 1.
    [Theory]
    [MemberData(nameof(Folders))]
    public void A_batch_read_from_the_file_is_the_batch_the_base_reads(string folder)
    {
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = TinyLatent.Family(folder);
        Prompt[] sequences = Sequences(vlm);
        int[] ignoredTokens = [vlm.Model.ImageToken, sequences[0].Tokens[^1]], order = [4, 0, 2, 1, 0];
        using FeatureCache cache = Written(vlm.Model, sequences, batch: 2);

        LatentRows made = LatentRows.Read(vlm.Model, [.. order.Select(i => sequences[i])], ignoredTokens, LatentViews.Both);
        LatentRows read = cache.Rows(order, ignoredTokens, CPU);

        Assert.True(made.Lengths.Distinct().Count() >= 3, "lengths are too much alike");
        Assert.Equal(made.Lengths, read.Lengths);
        SameBits(made.Labels, read.Labels);
        foreach ((LatentView want, LatentView have) in new[] { (made.TextOnly!, read.TextOnly!), (made.WithImage!, read.WithImage!) })
        {
            Tensor bias = Masks.LeftPadding(made.Lengths, (int)made.Labels.shape[1], CPU)!;
            Tensor real = bias.flatten(1).eq(0).unsqueeze(-1);
            Assert.True(Apart(want.States * real, have.States) < 1e-5);
            Assert.Equal(want.Rope.Cos.shape, have.Rope.Cos.shape);
            Assert.True(Apart(want.Rope.Cos, have.Rope.Cos) + Apart(want.Rope.Sin, have.Rope.Sin) < 1e-6);
        }
        Assert.True(Apart(read.TextOnly!.States, read.WithImage!.States) > 1e-2);       // the image changes the states
        bool axes = Apart(read.TextOnly.Rope.Cos, read.WithImage.Rope.Cos) > 0.1;
        Assert.Equal(folder.Contains("qwen", StringComparison.Ordinal), axes);
    }

    // Causal states before the image do not know of it.
    [Fact]
    public void A_blind_pass_differs_from_the_image_on()
    {
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = TinyLatent.Family("tiny_qwen2_vl");
        using FeatureCache cache = Written(vlm.Model, Sequences(vlm), batch: 3);
        LatentRows rows = cache.Rows([0], [], CPU);
        long first = Array.IndexOf(rows.Labels.data<long>().ToArray(), vlm.Model.ImageToken);

        Tensor gap = (rows.WithImage!.States - rows.TextOnly!.States)[0].abs().amax([1]);
        Assert.Equal(0, gap.narrow(0, 0, first).max().item<float>());
        Assert.True(gap[first].item<float>() > 1e-3);
    }

    // Rotations, float32, come first in the file and so in passes of their own; states keep their type and bits.
    [Fact]
    public void States_of_half_the_width_stay_as_they_are()
    {
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = TinyLatent.Family("tiny_qwen2_vl", ScalarType.BFloat16);
        Prompt[] sequences = Sequences(vlm);
        using FeatureCache cache = Written(vlm.Model, sequences, batch: 1);

        LatentRows made = LatentRows.Read(vlm.Model, [sequences[3]], [], LatentViews.Both), read = cache.Rows([3], [], CPU);

        Assert.Equal(ScalarType.BFloat16, read.WithImage!.States.dtype);
        SameBits(made.TextOnly!, read.TextOnly!);
        SameBits(made.WithImage!, read.WithImage);
    }

    // Only what is asked for; and text alone has no view with an image.
    [Theory]
    [InlineData(LatentViews.TextOnly, true, false)]
    [InlineData(LatentViews.WithImage, false, true)]
    [InlineData(LatentViews.Both, true, true)]
    public void Views_are_read_that_are_asked_for(LatentViews views, bool textOnly, bool withImage)
    {
        using var scope = NewDisposeScope();
        using FeatureCache cache = Written(TinyModel.Create(), TinyModel.Prompts(4), batch: 4);

        LatentRows pairs = cache.Rows([2, 0], [TinyModel.Image], CPU, views);
        LatentRows alone = cache.Rows([1, 3], [], CPU, views);

        Assert.Equal((textOnly, withImage), (pairs.TextOnly is not null, pairs.WithImage is not null));
        Assert.Null(alone.WithImage);
        Assert.Equal(textOnly, alone.TextOnly is not null);
        Assert.Equal([9, 7], pairs.Lengths);
        // An image of 4 vectors in each, and 2 of padding before the shorter one.
        Assert.Equal((2 * 4) + 2, pairs.Labels.eq(LatentLosses.Ignored).sum().item<long>());
    }

    // Each stage runs on the views it says it looks at, and not on fewer.
    [Theory]
    [InlineData(LatentStage.Inverse, LatentViews.WithImage)]
    [InlineData(LatentStage.Cycle, LatentViews.Both)]
    [InlineData(LatentStage.Joint, LatentViews.Both)]
    [InlineData(LatentStage.Cloning, LatentViews.WithImage)]
    public void Stages_look_at_the_views_they_say(LatentStage stage, LatentViews needed)
    {
        using var scope = NewDisposeScope();
        (var model, LatentModules modules) = LatentToy.Create();
        var objective = new LatentObjective();
        using FeatureCache cache = Written(model, TinyModel.Prompts(4), batch: 4);
        LatentRows text = cache.Rows([1, 3], [], CPU, LatentViews.TextOnly);

        Assert.Equal(needed, stage.OfPairs(objective));
        Assert.True(double.IsFinite(Loss(needed)));
        foreach (LatentViews view in (LatentViews[])[LatentViews.TextOnly, LatentViews.WithImage])
            if (needed.HasFlag(view))
                Assert.Throws<ArgumentException>(() => Loss(needed & ~view));

        double Loss(LatentViews views)
        {
            LatentRows pairs = cache.Rows([0, 2], [TinyModel.Image], CPU, views);
            return LatentToy.Number(stage switch
            {
                LatentStage.Inverse => LatentStages.Inverse(modules, model, pairs, objective, LatentToy.Noise()).Loss,
                LatentStage.Cycle => LatentStages.Cycle(modules, pairs, objective).Loss,
                LatentStage.Joint => LatentStages.Joint(modules, model, pairs, text, objective, LatentToy.Noise()).Loss,
                _ => LatentStages.Cloning(modules, model, pairs, text, objective).Loss,
            });
        }
    }

    // 23 sequences in 8 batches of 3; of each, those with images, every second one, and then all without pixels. The pass before
    // is of one sequence, to learn the type of states.
    [Fact]
    public void Each_batch_is_one_pass()
    {
        IVisionLanguageModel model = DispatchProxy.Create<IVisionLanguageModel, Counted>();
        var counted = (Counted)model;
        counted.Model = TinyModel.Create();

        FeatureCache.Write(File, "key", model, TinyModel.Prompts(23), batch: 3);

        Assert.Equal([(1, true), .. Passes(false, 2, 1, 2, 1, 2, 1, 2, 1), .. Passes(true, 3, 3, 3, 3, 3, 3, 3, 2)],
            counted.Passes);

        static IEnumerable<(int, bool)> Passes(bool textOnly, params int[] counts) =>
            counts.Select(count => (count, textOnly));
    }

    // The fifth of six is longer than the context, so the third pass of two fails.
    [Fact]
    public void A_file_is_complete_or_not_there()
    {
        Prompt[] sequences = TinyModel.Prompts(6);
        sequences[4] = sequences[4] with { Tokens = [.. sequences[4].Tokens, .. new int[96]] };

        Assert.Throws<UsageException>(() => FeatureCache.Write(File, "key", TinyModel.Create(), sequences, batch: 2));
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.Throws<ArgumentException>(() => FeatureCache.Write(File, "key", TinyModel.Create(), []));
    }

    [Fact]
    public void A_sequence_that_is_not_there_is_refused_with_the_count()
    {
        using FeatureCache cache = Written(TinyModel.Create(), TinyModel.Prompts(2), batch: 2);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => cache.Rows([0, 2], [], CPU));
        Assert.Contains("the cache holds 2 sequences", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_is_made_once()
    {
        (IVisionLanguageModel model, int made) = (TinyModel.Create(), 0);
        string key = FeatureCache.Key(model, "four");
        for (int i = 0; i < 2; i++)
            using (FeatureCache cache = FeatureCache.OpenOrWrite(File, key, model, Make))
                Assert.Equal(4, cache.Count);
        Assert.Equal(1, made);

        Prompt[] Make()
        {
            made++;
            return TinyModel.Prompts(4);
        }
    }

    [Fact]
    public void Another_models_cache_is_refused_and_left_as_it_is()
    {
        (IVisionLanguageModel first, IVisionLanguageModel second) = (TinyModel.Create(3), TinyModel.Create(4));
        string key = FeatureCache.Key(first, "data");
        FeatureCache.Write(File, key, first, TinyModel.Prompts(2));
        byte[] before = System.IO.File.ReadAllBytes(File);

        foreach (string other in (string[])[FeatureCache.Key(second, "data"), FeatureCache.Key(first, "other data")])
        {
            var error = Assert.Throws<UsageException>(() => FeatureCache.OpenOrWrite(File, other, second,
                () => throw new InvalidOperationException("nothing is computed")));
            Assert.Equal("the cached states are of another model or of other data", error.Message);
            Assert.Equal(File, error.Where);
            Assert.Equal($"rm {File}, and they are computed again", error.Fix);
        }
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    private FeatureCache Written(IVisionLanguageModel model, Prompt[] sequences, int batch)
    {
        FeatureCache.Write(File, "key", model, sequences, batch);
        return FeatureCache.Open(File, "key");
    }

    // Images of two sizes, so that grids and lengths differ; the third is text alone.
    private static Prompt[] Sequences(VlmCheckpoint vlm)
    {
        RgbImage wide = Image(40, 24), tall = Image(16, 56);
        return
        [
            Sequence("a", "What is it?", wide), Sequence("b", "Two?", tall, wide), Sequence("c", "No picture."),
            Sequence("d", "Which of these two is it?", wide, tall), Sequence("e", "Is it as tall as wide?", tall),
        ];

        Prompt Sequence(string id, string text, params ImageSource[] images)
        {
            Prompt prompt = vlm.Processor.Prompt(id, [Message.User(text, images.Length)], images);
            return prompt with { Tokens = [.. prompt.Tokens, .. vlm.Processor.Completion("yes")] };
        }

        static RgbImage Image(int width, int height) =>
            new(width, height, [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(i * 5 % 251))]);
    }

    private static double Apart(Tensor a, Tensor b) => LatentToy.Number((a - b).abs().max());

    private static void SameBits(LatentView a, LatentView b)
    {
        SameBits(a.States, b.States);
        SameBits(a.Rope.Cos, b.Rope.Cos);
        SameBits(a.Rope.Sin, b.Rope.Sin);
    }

    private static void SameBits(Tensor a, Tensor b)
    {
        Assert.Equal(a.shape, b.shape);
        Assert.True(a.contiguous().bytes.SequenceEqual(b.contiguous().bytes));
    }
}
