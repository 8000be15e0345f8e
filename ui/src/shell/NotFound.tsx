import { Link } from '@tanstack/react-router';
import { IconMap2 } from '@tabler/icons-react';
import { Empty } from '@/parts/States';

export function NotFound() {
  return (
    <main>
      <h1 className="vh">Not found</h1>
      <Empty title="There is nothing at this address" icon={<IconMap2 size={26} aria-hidden />}>
        It may have moved, or belong to a client that you do not serve. <Link to="/desk" search={{}}>Go to the desk</Link>
      </Empty>
    </main>
  );
}
