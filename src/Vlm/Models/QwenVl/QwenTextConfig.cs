using Vlm.Checkpoints;
using Vlm.Layers;

namespace Vlm.Models.QwenVl;

/// <summary>How the three axes of a position share the rotary frequencies.</summary>
/// <param name="Sections">Frequencies turned by time, height and width; together half the head's width.</param>
/// <param name="Interleaved">Qwen3-VL: the axes take turns, rather than blocks.</param>
public sealed record MRopeSections(IReadOnlyList<int> Sections, bool Interleaved)
{
    /// <summary>The axis (0 time, 1 height, 2 width) that turns each frequency.</summary>
    /// <param name="count">Half the head's width.</param>
    public long[] AxisOf(int count) => [.. Enumerable.Range(0, count).Select(i => (long)Axis(i))];

    private int Axis(int i)
    {
        if (Interleaved)
            return i % 3 > 0 && i < 3 * Sections[i % 3] ? i % 3 : 0;
        return i < Sections[0] ? 0 : i < Sections[0] + Sections[1] ? 1 : 2;
    }
}

/// <summary>What the language models of the Qwen-VL families have beyond a decoder's sizes.</summary>
/// <param name="Decoder">Sizes.</param>
/// <param name="Sections">The axes' shares of the rotary frequencies.</param>
/// <param name="ImageToken">The placeholder that an image vector replaces.</param>
/// <param name="TiedHead">True where the output layer is the embedding.</param>
public sealed record QwenTextConfig(DecoderConfig Decoder, MRopeSections Sections, int ImageToken, bool TiedHead)
{
    /// <summary>Reads the language model's sizes, which lie at the top of config.json or under text_config, which wins.</summary>
    /// <param name="json">config.json.</param>
    /// <param name="defaults">What the reference takes for absent fields.</param>
    internal static QwenTextConfig Read(JsonReader json, QwenTextDefaults defaults)
    {
        JsonReader text = json.PartOrSelf("text_config");
        text.Activation("hidden_act", "silu");
        if (text.Flag("use_sliding_window") == true)
            throw json.Invalid("use_sliding_window is true; attention within a sliding window is not computed here");

        (int width, int heads) = (text.Required("hidden_size"), text.Required("num_attention_heads"));
        int headWidth = text.Size("head_dim") ?? defaults.HeadDim ?? width / Math.Max(1, heads);
        int kvHeads = text.Size("num_key_value_heads") ?? heads;
        double epsilon = text.Epsilon("rms_norm_eps") ?? 1e-6;
        var attention = new AttentionConfig(
            width, heads, kvHeads, headWidth, defaults.Bias, defaults.QkNorm ? epsilon : null);
        text.Heads(attention);
        (RopeScaling? scaling, int positions) =
            text.RopeScaling(text.Size("max_position_embeddings") ?? defaults.MaxPositions);
        var decoder = new DecoderConfig(attention, text.Required("intermediate_size"), text.Required("num_hidden_layers"),
            text.Required("vocab_size"), positions, text.RopeTheta() ?? defaults.RopeTheta, epsilon)
        {
            RopeScaling = scaling,
        };
        return new QwenTextConfig(decoder, ReadSections(text, defaults, headWidth),
            json.ImageToken(absent: 151655, decoder.VocabSize),
            json.Flag("tie_word_embeddings") ?? text.Flag("tie_word_embeddings") ?? false);
    }

    private static MRopeSections ReadSections(JsonReader text, QwenTextDefaults defaults, int headWidth)
    {
        int[] sections = text.RopePart().Integers("mrope_section") ?? [.. defaults.Sections];
        if (sections.Length != 3 || sections.Sum() != headWidth / 2 || sections.Min() < 0)
            throw text.Invalid($"mrope_section [{string.Join(", ", sections)}] must be three numbers that add up to "
                + $"half a head's width ({headWidth / 2})");
        return new MRopeSections(sections, defaults.Interleaved);
    }
}

/// <summary>What the reference takes for fields that a configuration leaves out, and what sets the families apart.</summary>
/// <param name="Sections">Shares of the rotary frequencies.</param>
/// <param name="Interleaved">See <see cref="MRopeSections"/>.</param>
/// <param name="RopeTheta">Base of the rotary wavelengths.</param>
/// <param name="MaxPositions">Most tokens.</param>
/// <param name="Bias">Queries, keys and values have a bias.</param>
/// <param name="QkNorm">Queries and keys are normalised.</param>
/// <param name="HeadDim">Numbers per head, or null for width / heads.</param>
internal sealed record QwenTextDefaults(
    IReadOnlyList<int> Sections, bool Interleaved, double RopeTheta, int MaxPositions, bool Bias, bool QkNorm, int? HeadDim);
