using Vlm.Rewards;

namespace Vlm.Grpo.Reports;

/// <summary>A picture with boxes on it. Its user units are the pixels that the boxes refer to.</summary>
internal static class PictureSvg
{
    private const string NotKept = "no picture kept";
    private const int Small = 160;      // drawings of so few pixels are shown with hard edges

    /// <summary>A box to draw.</summary>
    /// <param name="Box">In pixels of the picture.</param>
    /// <param name="Which">"truth", "before", "after" or "member".</param>
    /// <param name="Name">For those who cannot see it, and for the pointer.</param>
    internal readonly record struct Drawn(Box Box, string Which, string Name);

    /// <summary>The drawing; a note where the picture is not in the page.</summary>
    /// <param name="run">Has the pictures.</param>
    /// <param name="key">Null where the picture is not kept.</param>
    /// <param name="boxes">In the order to draw.</param>
    public static Html Of(RunView run, string? key, IEnumerable<Drawn> boxes)
    {
        if (key is null || !run.Pictures.TryGetValue(key, out Picture? picture))
            return Html.Of($"<p class=\"nopicture\">{(key is null ? NotKept : "picture left out: this page would be too large")}</p>");
        Drawn[] drawn = [.. boxes];
        string hard = Math.Max(picture.Width, picture.Height) <= Small ? " hard" : "";
        return Html.Of($"""
            <svg class="picture{hard}" viewBox="0 0 {picture.Width} {picture.Height}" role="img" aria-label="{Said(drawn)}">
            <image width="{picture.Width}" height="{picture.Height}" preserveAspectRatio="none" href="{picture.Address}" />
            {drawn.Select(Rectangle)}</svg>
            """);
    }

    private static string Said(Drawn[] drawn) => drawn.Length == 0 ? "the picture of the question"
        : "the picture of the question with " + string.Join(", ", drawn.Select(box => FormattableString.Invariant(
            $"{box.Name} at {box.Box.X1:0.#}, {box.Box.Y1:0.#} to {box.Box.X2:0.#}, {box.Box.Y2:0.#}")));

    // Twice: a pale seam below makes the line stand out from any picture. A line has one width whatever the scale.
    private static Html Rectangle(Drawn drawn)
    {
        Box box = drawn.Box;
        return Html.Join(((string[])["seam", drawn.Which]).Select(which => Html.Of($"""
            <rect class="box {which}" x="{box.X1:0.##}" y="{box.Y1:0.##}" width="{box.X2 - box.X1:0.##}" height="{box.Y2 - box.Y1:0.##}">
            <title>{drawn.Name}</title></rect>

            """)));
    }
}
