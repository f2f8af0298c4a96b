using System.Text.Json;
using Vlm.Testing;

namespace Vlm.Rewards.Tests;

/// <summary>What the peers' own functions gave for the same answers: vectors/peers.json of the fixtures.</summary>
internal static class MetricVectors
{
    private static readonly Lazy<JsonElement> s_all = new(
        () => JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json"))).RootElement);

    public static JsonElement Of(string key) => s_all.Value.GetProperty(key);

    /// <summary>Tries every case; fails where there are not as many as expected, so that no case is lost without notice.</summary>
    public static void Each(string key, int count, Action<JsonElement> test)
    {
        foreach (JsonElement item in Of(key).EnumerateArray())
            test(item);
        Assert.Equal(count, Of(key).GetArrayLength());
    }

    public static string Text(this JsonElement item, string name) => item.GetProperty(name).GetString()!;

    public static double Number(this JsonElement item, string name) => item.GetProperty(name) is var value
        && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? (value.GetBoolean() ? 1 : 0) : value.GetDouble();

    public static string[] Texts(this JsonElement item, string name) =>
        [.. item.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    public static double[] Numbers(this JsonElement item, string name) =>
        [.. item.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];
}
