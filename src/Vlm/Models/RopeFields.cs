using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Layers;

namespace Vlm.Models;

/// <summary>
/// The rotary positions of a config.json: rope_theta beside rope_scaling, as transformers 4 writes them, or both in
/// rope_parameters, as transformers 5 does.
/// </summary>
internal static class RopeFields
{
    private const string Old = "rope_scaling", New = "rope_parameters", Length = "max_position_embeddings",
        Original = "original_max_position_embeddings";

    private const int MaxLength = 1 << 26;
    private const double MaxFactor = 1e6, MaxTheta = 1e15;

    extension(JsonReader json)
    {
        /// <summary>The object that says how positions turn; empty where none does.</summary>
        internal JsonReader RopePart() => json.Part(json.Has(New) ? New : Old);

        /// <summary>The base of the rotary wavelengths, in its old place or its new one; above 1.</summary>
        internal double? RopeTheta() => Theta(json.Part(New)) ?? Theta(json);

        /// <summary>How wavelengths are stretched, computed as transformers' modeling_rope_utils.py does.</summary>
        /// <param name="positions">max_position_embeddings.</param>
        /// <returns>The stretching, or null for none; and the most positions that it is right for.</returns>
        /// <exception cref="UsageException">It is of a kind that is not computed here, or a number is missing or wrong.</exception>
        internal (RopeScaling? Scaling, int Positions) RopeScaling(int positions)
        {
            RefuseOthers(json);
            JsonReader rope = json.RopePart();
            RefuseOthers(rope);
            return (rope.Text("rope_type") ?? rope.Text("type")) switch
            {
                null when rope.Has("factor") => throw rope.Missing("rope_type", "the kind of stretching"),
                null or "default" or "mrope" => (null, positions),
                "linear" => (new RopeScaling.Linear(Factor(rope)), positions),
                // The base grows with prompts beyond the first length alone: up to it nothing is stretched.
                "dynamic" => (null, Math.Min(positions, rope.Integer(Original, 1, MaxLength) ?? positions)),
                "llama3" => (Llama3(rope), positions),
                "yarn" => (Yarn(rope, positions), positions),
                { } type => throw new UsageException(
                    $"{(json.Has(New) ? New : Old)} asks for rope type \"{type}\"; computed are default, mrope, linear, "
                    + "dynamic, llama3 and yarn", json.File, "a checkpoint with one of these: leaving it out changes every answer"),
            };
        }
    }

    private static double? Theta(JsonReader json) =>
        json.Number("rope_theta", $"above 1, and at most {MaxTheta}", value => value is > 1 and <= MaxTheta);

    // Heads that turn in part, or layers that turn each in its own way.
    private static void RefuseOthers(JsonReader json)
    {
        const string Partial = "partial_rotary_factor";
        if (json.Number(Partial) is { } share && share != 1)
            throw json.Wrong(Partial, "1: all of a head turns in this family");
        if (json.Json.FirstOrDefault(item => item.Value is JsonObject && item.Key.EndsWith("_attention", StringComparison.Ordinal))
            is { Key: { } name })
            throw json.Wrong(name, "absent: all layers of this family turn alike");
    }

    private static double Factor(JsonReader rope) =>
        FactorOrNone(rope) ?? throw rope.Missing("factor", $"a number from 1 to {MaxFactor}");

    private static double? FactorOrNone(JsonReader rope) =>
        rope.Number("factor", $"from 1 to {MaxFactor}", value => value is >= 1 and <= MaxFactor);

    private static double Positive(JsonReader rope, string name, double? absent) =>
        rope.Number(name, "above 0", value => value > 0) ?? absent ?? throw rope.Missing(name, "a number above 0");

    private static int OriginalLength(JsonReader rope) =>
        rope.Integer(Original, 1, MaxLength) ?? throw rope.Missing(Original, "a whole number of positions");

    private static RopeScaling.Llama3 Llama3(JsonReader rope)
    {
        double low = Positive(rope, "low_freq_factor", null), high = Positive(rope, "high_freq_factor", null);
        return low < high
            ? new RopeScaling.Llama3(Factor(rope), low, high, OriginalLength(rope))
            : throw rope.Wrong("high_freq_factor", $"above low_freq_factor ({low})");
    }

    private static RopeScaling.Yarn Yarn(JsonReader rope, int positions)
    {
        int original = rope.Integer(Original, 1, MaxLength) ?? positions;
        double factor = FactorOrNone(rope) ?? (positions >= original && rope.Has(Original) ? (double)positions / original
            : throw rope.Missing("factor", $"a number from 1 to {MaxFactor}"));
        double fast = Positive(rope, "beta_fast", 32), slow = Positive(rope, "beta_slow", 1);
        return fast > slow
            ? new RopeScaling.Yarn(factor, original, fast, slow, rope.Flag("truncate") ?? true, Attention(rope, factor))
            : throw rope.Wrong("beta_fast", $"above beta_slow ({slow})");
    }

    // Peng et al. 2023, https://arxiv.org/abs/2309.00071, eq. 22; mscale and mscale_all_dim are DeepSeek-V2's.
    private static double Attention(JsonReader rope, double factor)
    {
        static double Scale(double factor, double weight) => factor <= 1 ? 1 : 0.1 * weight * Math.Log(factor) + 1;

        double? one = rope.Number("mscale", "0 or above", value => value >= 0);
        double? all = rope.Number("mscale_all_dim", "0 or above", value => value >= 0);
        return rope.Number("attention_factor", "above 0", value => value > 0)
            ?? (one > 0 && all > 0 ? Scale(factor, one.Value) / Scale(factor, all.Value) : Scale(factor, 1));
    }
}
