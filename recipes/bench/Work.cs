using Vlm;
using Vlm.Models.SmolVlm;

/// <summary>A model's sizes and the prompt it reads.</summary>
sealed record Work(SmolVlmConfig Config, int TextTokens, int Group, int NewTokens)
{
    /// <summary>A size's work with a group and a number of new tokens of its own, where they are not 0.</summary>
    public static Work Of(string size, int group, int newTokens)
    {
        Work work = Of(size);
        return work with
        {
            Group = group > 0 ? group : work.Group,
            NewTokens = newTokens > 0 ? newTokens : work.NewTokens,
        };
    }

    public static Work Of(string size) => size switch
    {
        "tiny" => Tiny,
        "256m" => Small256M,
        "2b" => Small2B,
        _ => throw new UsageException(
            $"there is no work of size \"{size}\"; there are tiny, 256m and 2b", $"--size {size}", "--size tiny"),
    };

    private static Work Tiny { get; } = new(
        new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                HiddenSize = 192, Layers = 4, Heads = 6, KvHeads = 2, HeadDim = 32, IntermediateSize = 512, VocabSize = 1024,
            },
            Vision = new SmolVlmVisionConfig
            {
                HiddenSize = 128, Layers = 4, Heads = 4, IntermediateSize = 512, ImageSize = 96, PatchSize = 8,
            },
            ScaleFactor = 2,
            ImageToken = 1023,
        },
        TextTokens: 32, Group: 8, NewTokens: 32);

    private static Work Small256M { get; } = new(
        new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                HiddenSize = 576, Layers = 30, Heads = 9, KvHeads = 3, HeadDim = 64, IntermediateSize = 1536, VocabSize = 49280,
                MaxPositions = 8192, RopeTheta = 100000, Epsilon = 1e-5,
            },
            Vision = new SmolVlmVisionConfig
            {
                HiddenSize = 768, Layers = 12, Heads = 12, IntermediateSize = 3072, ImageSize = 512, PatchSize = 16,
            },
            ScaleFactor = 4,
            ImageToken = 49190,
        },
        TextTokens: 32, Group: 8, NewTokens: 16);

    private static Work Small2B { get; } = new(
        new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                HiddenSize = 2048, Layers = 24, Heads = 32, KvHeads = 32, HeadDim = 64, IntermediateSize = 8192, VocabSize = 49280,
                MaxPositions = 8192, RopeTheta = 130000, Epsilon = 1e-5,
            },
            Vision = new SmolVlmVisionConfig
            {
                HiddenSize = 1152, Layers = 27, Heads = 16, IntermediateSize = 4304, ImageSize = 384, PatchSize = 14,
            },
            ScaleFactor = 3,
            ImageToken = 49190,
        },
        TextTokens: 32, Group: 8, NewTokens: 64);

    /// <summary>One image of random pixels, then random words.</summary>
    public Prompt Prompt(long seed)
    {
        var random = new RandomStream(seed, "bench");
        int side = Config.Vision.ImageSize;
        var pixels = new float[3 * side * side];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (float)(2 * random.NextDouble() - 1);
        int[] image = [.. Enumerable.Repeat(Config.ImageToken, Config.TokensPerFrame)];
        int[] text = [.. Enumerable.Range(0, TextTokens).Select(_ => random.Next(1000))];
        return new Prompt("bench", "", [.. image, .. text], new PixelInput(pixels, [1, 3, side, side], []),
            [new ImageScale(side, side, side, side)]);
    }
}
