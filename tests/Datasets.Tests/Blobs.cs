using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Datasets.Tests;

/// <summary>Finds objects in pixels, knowing nothing of scenes.</summary>
internal static class Blobs
{
    /// <summary>The boxes of the connected regions (8 neighbours) that are not light in every channel.</summary>
    public static List<Box> Of(RgbImage image)
    {
        var seen = new bool[image.Width * image.Height];
        var boxes = new List<Box>();
        for (int at = 0; at < seen.Length; at++)
            if (!seen[at] && Dark(image, at))
                boxes.Add(Flood(image, seen, at));
        return boxes;
    }

    private static Box Flood(RgbImage image, bool[] seen, int start)
    {
        (int left, int top, int right, int bottom) = (int.MaxValue, int.MaxValue, 0, 0);
        var open = new Stack<int>([start]);
        seen[start] = true;
        while (open.TryPop(out int at))
        {
            (int x, int y) = (at % image.Width, at / image.Width);
            (left, top) = (Math.Min(left, x), Math.Min(top, y));
            (right, bottom) = (Math.Max(right, x + 1), Math.Max(bottom, y + 1));
            for (int ny = Math.Max(0, y - 1); ny <= Math.Min(image.Height - 1, y + 1); ny++)
                for (int nx = Math.Max(0, x - 1); nx <= Math.Min(image.Width - 1, x + 1); nx++)
                    if (!seen[(ny * image.Width) + nx] && Dark(image, (ny * image.Width) + nx))
                    {
                        seen[(ny * image.Width) + nx] = true;
                        open.Push((ny * image.Width) + nx);
                    }
        }

        return new Box(left, top, right, bottom);
    }

    private static bool Dark(RgbImage image, int at) =>
        image.Pixels[at * 3] < 200 || image.Pixels[(at * 3) + 1] < 200 || image.Pixels[(at * 3) + 2] < 200;
}
